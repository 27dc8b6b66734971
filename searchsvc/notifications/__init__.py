"""Telling people and programs about new hits of saved searches: matched as documents arrive, sent apart from it."""

from searchsvc.notifications.matching import Matcher
from searchsvc.notifications.sender import NotificationSender

__all__ = ["Matcher", "NotificationSender"]
