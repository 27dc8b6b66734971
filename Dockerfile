# The service in a container, with text recognition: `docker compose up --build`, see docs/operating.md.
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/searchsvc
# What changes seldom first: the locked packages stay in their layer while only our own files change.
COPY requirements.lock ./
RUN /opt/searchsvc/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY analyzers ./analyzers
COPY config ./config
COPY index ./index
COPY searchsvc ./searchsvc
RUN /opt/searchsvc/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
    && /opt/searchsvc/bin/pip check --disable-pip-version-check

FROM python:3.13-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-deu \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 searchsvc \
    && useradd --uid 10001 --gid searchsvc --no-create-home --home-dir /var/lib/searchsvc --shell /usr/sbin/nologin searchsvc \
    && install -d -o searchsvc -g searchsvc -m 700 /var/lib/searchsvc
COPY --from=build /opt/searchsvc /opt/searchsvc
ENV PATH=/opt/searchsvc/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SEARCHSVC_DATA_DIR=/var/lib/searchsvc \
    SEARCHSVC_HOST=0.0.0.0 \
    SEARCHSVC_PORT=8000 \
    SEARCHSVC_SAMPLE=0
WORKDIR /var/lib/searchsvc
USER 10001:10001
VOLUME /var/lib/searchsvc
EXPOSE 8000
# The service answers this also while it starts or its web processes do.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['SEARCHSVC_PORT'] + '/healthz', timeout=4)"]
CMD ["searchsvc", "serve"]
