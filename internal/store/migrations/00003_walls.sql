-- +goose Up

-- One row per account and region in which something was written: who holds it
-- decides alone there what may be made or deleted.
CREATE TABLE walls (
    account TEXT   NOT NULL,
    region  TEXT   NOT NULL,
    writes  BIGINT NOT NULL,
    PRIMARY KEY (account, region)
);

-- +goose Down
DROP TABLE walls;
