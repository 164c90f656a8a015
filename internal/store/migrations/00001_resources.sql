-- +goose Up

-- Components, recipes, configurations, pipelines: what the API shows, as a
-- document, and the columns that are searched by. Kinds without a version or a
-- build have zeros there. Versions compare as numbers: 1.01.0 is 1.1.0.
CREATE TABLE resources (
    account     TEXT   NOT NULL, -- that owns it, or "aws"
    region      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    arn         TEXT   NOT NULL,
    type        TEXT   NOT NULL, -- of a workflow, as in its ARN
    slug        TEXT   NOT NULL,
    major       BIGINT NOT NULL,
    minor       BIGINT NOT NULL,
    patch       BIGINT NOT NULL,
    build       BIGINT NOT NULL,
    name        TEXT   NOT NULL, -- as typed
    fingerprint TEXT   NOT NULL, -- of the request that made it
    document    TEXT   NOT NULL,
    revision    BIGINT NOT NULL DEFAULT 0,
    created     TEXT   NOT NULL,
    PRIMARY KEY (account, region, arn)
);
CREATE UNIQUE INDEX resources_name ON resources (account, region, kind, type, slug, major, minor, patch, build);

-- Images. The state is in its columns and nowhere else, so that a transition is
-- one update which names the states that it may start from.
CREATE TABLE images (
    account  TEXT   NOT NULL,
    region   TEXT   NOT NULL,
    arn      TEXT   NOT NULL UNIQUE,
    slug     TEXT   NOT NULL,
    major    BIGINT NOT NULL,
    minor    BIGINT NOT NULL,
    patch    BIGINT NOT NULL,
    build    BIGINT NOT NULL,
    pipeline TEXT   NOT NULL, -- ARN of the pipeline that started it, or empty
    status   TEXT   NOT NULL,
    reason   TEXT   NOT NULL DEFAULT '',
    cancel   BIGINT NOT NULL DEFAULT 0, -- somebody asked for it
    document TEXT   NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0,
    created  TEXT   NOT NULL,
    PRIMARY KEY (account, region, arn)
);
CREATE UNIQUE INDEX images_name ON images (account, region, slug, major, minor, patch, build);
CREATE INDEX images_pipeline ON images (account, region, pipeline);
CREATE INDEX images_status ON images (status);

-- The last build number given for a version; rows outlive what they counted, so
-- that no number is given twice.
CREATE TABLE build_numbers (
    account TEXT   NOT NULL,
    region  TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    type    TEXT   NOT NULL,
    slug    TEXT   NOT NULL,
    major   BIGINT NOT NULL,
    minor   BIGINT NOT NULL,
    patch   BIGINT NOT NULL,
    last    BIGINT NOT NULL,
    PRIMARY KEY (account, region, kind, type, slug, major, minor, patch)
);

-- Client tokens with the answer that was given.
CREATE TABLE tokens (
    account   TEXT NOT NULL,
    region    TEXT NOT NULL,
    operation TEXT NOT NULL,
    token     TEXT NOT NULL,
    request   TEXT NOT NULL, -- hash of the request without its token
    answer    TEXT NOT NULL, -- JSON
    created   TEXT NOT NULL,
    PRIMARY KEY (account, region, operation, token)
);

-- Access keys that sign requests.
CREATE TABLE access_keys (
    id        TEXT NOT NULL PRIMARY KEY,
    secret    TEXT NOT NULL,
    account   TEXT NOT NULL,
    user_name TEXT NOT NULL,
    created   TEXT NOT NULL
);

-- +goose Down
DROP TABLE access_keys;
DROP TABLE tokens;
DROP TABLE build_numbers;
DROP TABLE images;
DROP TABLE resources;
