"""The pages for people, and what operators and programs ask of the service itself."""

from __future__ import annotations

from searchsvc.web.api import request_schemas as requests
from searchsvc.web.api import status_schemas
from searchsvc.web.openapi.operation import HTML, JSON, MEANINGS, Body, Example, Operation, Reply, replies

PAGE = "/dokumente/{document_id}"
_SITE_PAGE = replies(
    None, 404, media_types=(HTML,), others={302: Reply("To the address elsewhere.")}, error_media_type=HTML
)
FILE = "application/octet-stream"

PAGES = (
    Operation(
        "get", "/", "searchPage", "Pages", "The search page",
        replies(None, 503, media_types=(HTML,), error_media_type=HTML),
        "Takes the parameters of GET /api/v1/search but fields and explain; what is invalid is left out and said.",
        requests.WordParameters,
        example=Example({"q": "radweg"}),
    ),
    Operation(
        "get", PAGE, "documentPage", "Pages", "A document's page",
        replies(None, 303, 404, 410, 503, media_types=(HTML,), error_media_type=HTML),
        parameters=requests.DocumentPageParameters,
        example=Example({"q": "radweg"}),
    ),
    Operation(
        "get", f"{PAGE}/datei", "file", "Pages", "The original file",
        replies(
            None, 206, 304, 404, 410, 416, 503, media_types=(FILE,), error_media_type=HTML,
            others={206: Reply(MEANINGS[206], {FILE: None})},
        ),
        "In its own media type; types that browsers might run are only ever saved.",
        requests.FileParameters,
    ),
    Operation(
        "get", f"{PAGE}/seiten/{{number}}.webp", "pagePicture", "Pages", "Picture of a page of a PDF",
        replies(None, 304, 400, 404, 410, 503, media_types=("image/webp",), error_media_type=HTML),
        parameters=requests.PictureParameters,
    ),
    Operation(
        "post", f"{PAGE}/meldungen", "report", "Pages", "Report something about a document",
        {
            status: reply
            for status, reply in replies(None, 303, 400, 404, 410, 413, 429, 503, error_media_type=HTML).items()
            if status != 200
        },
        body=Body({"application/x-www-form-urlencoded": requests.ReportForm}),
    ),
    Operation(
        "get", "/abo", "subscriptionForm", "Pages", "Follow a search by e-mail",
        replies(None, 400, 404, 503, media_types=(HTML,), error_media_type=HTML),
        "Only where the service sends e-mail.",
        requests.SubscriptionParameters,
    ),
    Operation(
        "post", "/abo", "subscribe", "Pages", "Ask to follow a search",
        {
            status: reply
            for status, reply in replies(None, 303, 400, 404, 413, 415, 429, 503, error_media_type=HTML).items()
            if status != 200
        },
        "An e-mail asks whether the address wants this.",
        body=Body({"application/x-www-form-urlencoded": requests.SubscriptionForm}),
    ),
    Operation(
        "get", "/abo/gesendet", "subscriptionSent", "Pages", "An e-mail is on its way",
        replies(None, media_types=(HTML,), error_media_type=HTML),
        example=Example(),
    ),
    Operation(
        "get", "/abo/{token}", "subscription", "Pages", "A saved search",
        replies(None, 404, 503, media_types=(HTML,), error_media_type=HTML),
    ),
    Operation(
        "get", "/abo/{token}/abmelden", "endSubscriptionPage", "Pages", "The same, as linked in e-mails",
        replies(None, 404, 503, media_types=(HTML,), error_media_type=HTML),
    ),
    Operation(
        "post", "/abo/{token}/bestaetigen", "confirmSubscription", "Pages", "Confirm a saved search",
        replies(None, 404, 503, media_types=(HTML,), error_media_type=HTML),
    ),
    Operation(
        "post", "/abo/{token}/abmelden", "endSubscription", "Pages", "End a saved search",
        replies(None, 503, media_types=(HTML,), error_media_type=HTML),
        "One click in a mail program (RFC 8058).",
    ),
    Operation(
        "get", "/hilfe", "help", "Pages", "How to search", replies(None, media_types=(HTML,), error_media_type=HTML),
        example=Example(),
    ),
    Operation(
        "get", "/impressum", "imprint", "Pages", "Who offers the site", _SITE_PAGE,
        "From a Markdown file of the operator, or at an address elsewhere.",
    ),
    Operation("get", "/datenschutz", "privacy", "Pages", "What becomes of readers' data", _SITE_PAGE),
    Operation("get", "/barrierefreiheit", "accessibility", "Pages", "Who can use the pages", _SITE_PAGE),
    Operation(
        "get", "/logo", "logo", "Pages", "The operator's logo",
        replies(
            None, 304, 404,
            media_types=("image/svg+xml", "image/png", "image/jpeg", "image/webp"), error_media_type=HTML,
        ),
    ),
    Operation(
        "get", "/docs", "docs", "Pages", "This description as a page",
        replies(None, 304, media_types=(HTML,), error_media_type=HTML),
        example=Example(),
    ),
)  # fmt: skip

OPERATING = (
    Operation(
        "get", "/opensearch.xml", "openSearch", "Operation", "Description of the search for browsers",
        replies(None, media_types=("application/opensearchdescription+xml",), error_media_type=HTML),
        example=Example(),
    ),
    Operation(
        "get", "/robots.txt", "robots", "Operation", "What search engines may read",
        replies(None, media_types=("text/plain",), error_media_type=HTML),
        example=Example(),
    ),
    Operation(
        "get", "/sitemap.xml", "sitemap", "Operation", "What search engines are offered",
        replies(None, 404, 429, 503, media_types=("application/xml",), error_media_type=HTML),
        "Where documents are offered, parts of it have the number of a change in `after`.",
        example=Example(),
    ),
    Operation(
        "get", "/openapi.json", "openApi", "Operation", "This description", replies(None, 304),
        example=Example(),
    ),
    Operation(
        "get", "/metrics", "metrics", "Operation", "Measurements for Prometheus",
        replies(None, media_types=("text/plain",)),
        "For those who run the service; a proxy should not let others see it.",
        example=Example(),
    ),
    Operation(
        "get", "/healthz", "health", "Operation", "Whether this process runs", replies(status_schemas.Health),
        example=Example(answer={"status": "ok"}),
    ),
    Operation(
        "get", "/readyz", "readiness", "Operation", "Whether searches and documents can be answered",
        replies(
            status_schemas.Ready, others={503: Reply(MEANINGS[503], {JSON: status_schemas.Unready}, ("Retry-After",))}
        ),
        example=Example(answer={"status": "ready"}),
    ),
)  # fmt: skip
