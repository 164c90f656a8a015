-- +goose Up

-- One row per run of a workflow document for an image.
CREATE TABLE workflow_executions (
    account        TEXT   NOT NULL,
    region         TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    image_arn      TEXT   NOT NULL,
    workflow_arn   TEXT   NOT NULL,
    type           TEXT   NOT NULL,
    position       BIGINT NOT NULL,
    status         TEXT   NOT NULL,
    message        TEXT   NOT NULL DEFAULT '',
    parallel_group TEXT   NOT NULL DEFAULT '',
    started        TEXT   NOT NULL DEFAULT '',
    ended          TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (account, region, id)
);
CREATE INDEX workflow_executions_image ON workflow_executions (account, region, image_arn, position);

-- One row per step of such a run, all of them from the start. A row is RUNNING
-- before its act begins and holds the outcome after it.
CREATE TABLE step_executions (
    account         TEXT   NOT NULL,
    region          TEXT   NOT NULL,
    id              TEXT   NOT NULL,
    execution_id    TEXT   NOT NULL,
    image_arn       TEXT   NOT NULL,
    position        BIGINT NOT NULL,
    name            TEXT   NOT NULL,
    description     TEXT   NOT NULL DEFAULT '',
    action          TEXT   NOT NULL,
    status          TEXT   NOT NULL,
    rollback_status TEXT   NOT NULL DEFAULT '',
    message         TEXT   NOT NULL DEFAULT '',
    inputs          TEXT   NOT NULL DEFAULT '',
    outputs         TEXT   NOT NULL DEFAULT '',
    on_failure      TEXT   NOT NULL,
    timeout_seconds BIGINT NOT NULL,
    started         TEXT   NOT NULL DEFAULT '',
    ended           TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (account, region, id)
);
CREATE INDEX step_executions_execution ON step_executions (account, region, execution_id, position);

-- Build and test instances. A row stands before its machine is started and goes
-- when the machine has been destroyed; what has no row is a leftover.
CREATE TABLE instances (
    account    TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    image_arn  TEXT   NOT NULL,
    stage      TEXT   NOT NULL,
    token      TEXT   NOT NULL UNIQUE,
    backend    TEXT   NOT NULL,
    launch     TEXT   NOT NULL, -- how it was started, JSON
    kept       BIGINT NOT NULL DEFAULT 0,
    created    TEXT   NOT NULL,
    PRIMARY KEY (account, region, id)
);

-- Cached steps: a disk and how it came to be. Nodes belong to one account; their
-- keys hold everything that made them.
CREATE TABLE nodes (
    account   TEXT   NOT NULL,
    key       TEXT   NOT NULL,
    parent    TEXT   NOT NULL,
    backend   TEXT   NOT NULL,
    image_arn TEXT   NOT NULL,
    made_from TEXT   NOT NULL, -- JSON
    created   TEXT   NOT NULL,
    used      TEXT   NOT NULL,
    blamed    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account, key)
);

-- Machine images of every region. staged ones are seen by the build alone;
-- publishing makes all of an image visible in one transaction.
CREATE TABLE amis (
    account     TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    image_arn   TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    staged      BIGINT NOT NULL,
    document    TEXT   NOT NULL, -- JSON of store.AMI
    permissions TEXT   NOT NULL DEFAULT '[]',
    created     TEXT   NOT NULL,
    PRIMARY KEY (account, region, id)
);
CREATE INDEX amis_image ON amis (account, image_arn);
CREATE INDEX amis_id ON amis (region, id);

-- +goose Down
DROP TABLE amis;
DROP TABLE nodes;
DROP TABLE instances;
DROP TABLE step_executions;
DROP TABLE workflow_executions;
