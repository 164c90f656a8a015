-- +goose Up

-- The disk that the build of an image starts from, "region digest": it stays while
-- the image is in progress, though its machine image may be deregistered.
ALTER TABLE images ADD COLUMN parent TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE images DROP COLUMN parent;
