"""Names behind URLs: Gremien, municipalities, and what single objects are asked for because no list had them."""

from __future__ import annotations

from datetime import tzinfo
from typing import TypeVar

import structlog

from index.contract import Kommune
from searchsvc.oparl import values
from searchsvc.oparl.client import OParlClient
from searchsvc.oparl.mapping import kommune_of
from searchsvc.oparl.objects import Body, Consultation, Kind, Meeting, Organization, Paper, Value, read_entry
from searchsvc.outbound.errors import FetchFailed
from searchsvc.store import OParlChanges, OParlObject, OParlSource, Store

V = TypeVar("V", Organization, Consultation, Meeting, Body)

_NOT_OF_A_LIST = ""
"""Source of objects that were asked for one by one: no list is expected to have them."""

_log = structlog.get_logger(__name__)


class Directory:
    """Looks objects up in what is known, and asks the server for the others, once.

    Attributes:
        zone: time zone of days which the server writes as moments.
    """

    def __init__(self, client: OParlClient, store: Store, source: OParlSource, zone: tzinfo = values.GERMANY) -> None:
        self.zone = zone
        self._client = client
        self._store = store
        self._source = source
        self._organizations: dict[str, Organization] = {}
        self._found: dict[str, Value | None] = {}
        self._kommunen: dict[str, Kommune | None] = {}

    @property
    def source_url(self) -> str:
        """Address of the source."""
        return self._source.url

    def load(self) -> None:
        """Read the Gremien that are known from earlier imports."""
        for one in self._store.oparl_objects.of_kind(self._source.key, Kind.ORGANIZATION):
            self.remember(Organization.from_json(one.content))

    def remember(self, organization: Organization) -> None:
        """Note a Gremium."""
        self._organizations[organization.id] = organization

    def know_body(self, body: Body) -> bool:
        """Note a body and tell whether it is the municipality that it was in the last import."""
        kommune = kommune_of(body, self._source.kommune)
        self._kommunen[body.id] = kommune
        content = {**body.to_json(), "kommune": kommune.name if kommune else None}
        before = self._store.oparl_objects.objects([body.id]).get(body.id)
        if before is not None and before.content == content:
            return True
        found = OParlObject(body.id, Kind.BODY, _NOT_OF_A_LIST, content=content)
        self._store.oparl_objects.commit(OParlChanges(objects={body.id: found}))
        return before is None

    def kommune(self, body_id: str | None) -> Kommune | None:
        """Return the municipality of a body."""
        if body_id is None:
            return kommune_of(None, self._source.kommune)
        if body_id not in self._kommunen:
            body = self._ask(body_id, Kind.BODY, Body)
            self._kommunen[body_id] = kommune_of(body, self._source.kommune)
        return self._kommunen[body_id]

    def body_of(self, owner: Paper | Meeting) -> str | None:
        """Return the body of a paper or meeting; meetings name none themselves, but their Gremien do."""
        if owner.body is not None or isinstance(owner, Paper):
            return owner.body
        found = (self._organization(one) for one in owner.organizations)
        return next((one.body for one in found if one is not None and one.body), None)

    def organizations_of(self, owner: Paper | Meeting) -> tuple[str, ...]:
        """Return the names of the Gremien that deal with a paper, or that meet."""
        ids = list(owner.organizations)
        if isinstance(owner, Paper):
            meetings = list(owner.meetings)
            for consultation_id in owner.consultations:
                consultation = self._one(consultation_id, Kind.CONSULTATION, Consultation)
                if consultation is not None:
                    ids += consultation.organizations
                    meetings += (
                        [consultation.meeting] if consultation.meeting and not consultation.organizations else []
                    )
            for meeting_id in meetings:
                meeting = self._one(meeting_id, Kind.MEETING, Meeting)
                ids += meeting.organizations if meeting else ()
            ids = ids or list(owner.directed_by)
        found = (self._organization(one) for one in dict.fromkeys(ids))
        return tuple(dict.fromkeys(one.name for one in found if one is not None and one.name))

    def _organization(self, organization_id: str) -> Organization | None:
        known = self._organizations.get(organization_id)
        return known or self._one(organization_id, Kind.ORGANIZATION, Organization)

    def _one(self, object_id: str, kind: Kind, wanted: type[V]) -> V | None:
        if object_id not in self._found:
            known = self._store.oparl_objects.objects([object_id]).get(object_id)
            if known is not None and known.kind == kind:
                self._found[object_id] = wanted.from_json(known.content) if known.content else None
            else:
                self._found[object_id] = self._ask(object_id, kind, wanted)
        found = self._found[object_id]
        return found if isinstance(found, wanted) else None

    def _ask(self, object_id: str, kind: Kind, wanted: type[V]) -> V | None:
        try:
            entry = read_entry(self._client.get_object(object_id).value, kind, self.zone)
        except FetchFailed as error:
            _log.warning("oparl_object_missing", url=object_id, reason=error.reason)
            return None
        if entry is None or not isinstance(entry.value, wanted):
            return None
        if kind is not Kind.BODY:
            found = OParlObject(object_id, kind, _NOT_OF_A_LIST, content=entry.value.to_json())
            self._store.oparl_objects.commit(OParlChanges(objects={object_id: found}))
        return entry.value
