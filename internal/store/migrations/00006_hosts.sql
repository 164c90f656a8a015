-- +goose Up

-- The host that a machine runs on, that a disk lies on, and that a build waits on, by
-- the id in its data directory. Rows of before name none until their host adopts them.
ALTER TABLE instances ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN host TEXT NOT NULL DEFAULT '';

-- Since when an instance is kept for a person; empty while a build works on it.
ALTER TABLE instances ADD COLUMN kept_since TEXT NOT NULL DEFAULT '';

-- How often a node was made or chosen: who removes it names the number that he saw.
ALTER TABLE nodes ADD COLUMN uses BIGINT NOT NULL DEFAULT 0;

-- Builds that were accepted and have not begun. Earlier releases made the table when
-- they started.
CREATE TABLE IF NOT EXISTS durable_waiting (
    id      TEXT NOT NULL PRIMARY KEY,
    input   TEXT NOT NULL, -- JSON
    created TEXT NOT NULL
);
ALTER TABLE durable_waiting ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE durable_waiting ADD COLUMN needs TEXT NOT NULL DEFAULT ''; -- what it takes to begin, JSON of the engine
ALTER TABLE durable_waiting ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- what its log says that it waits for

-- +goose Down
ALTER TABLE durable_waiting DROP COLUMN told;
ALTER TABLE durable_waiting DROP COLUMN needs;
ALTER TABLE durable_waiting DROP COLUMN host;
ALTER TABLE nodes DROP COLUMN uses;
ALTER TABLE instances DROP COLUMN kept_since;
ALTER TABLE nodes DROP COLUMN host;
ALTER TABLE instances DROP COLUMN host;
