-- +goose Up

-- The fingerprint of kernels and bootloader on a node's disk, as its backend sees them.
ALTER TABLE nodes ADD COLUMN kernel TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE nodes DROP COLUMN kernel;
