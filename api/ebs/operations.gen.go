// Code generated from ebs.json; DO NOT EDIT.

package ebs

import "context"
import "ingot"
import "ingot/api/model"

// APIVersion is the version of the service's API.
const APIVersion = "2019-11-02"

// Namespace is that of the service's XML answers.
const Namespace = ""

// Service is what an implementation of the service does, one method an operation.
type Service interface {
	CompleteSnapshot(ctx context.Context, in *CompleteSnapshotInput) (*CompleteSnapshotOutput, error)
	GetSnapshotBlock(ctx context.Context, in *GetSnapshotBlockInput) (*GetSnapshotBlockOutput, error)
	ListChangedBlocks(ctx context.Context, in *ListChangedBlocksInput) (*ListChangedBlocksOutput, error)
	ListSnapshotBlocks(ctx context.Context, in *ListSnapshotBlocksInput) (*ListSnapshotBlocksOutput, error)
	PutSnapshotBlock(ctx context.Context, in *PutSnapshotBlockInput) (*PutSnapshotBlockOutput, error)
	StartSnapshot(ctx context.Context, in *StartSnapshotInput) (*StartSnapshotOutput, error)
}

// Unimplemented answers every operation with an error that names it. An
// implementation embeds it and overrides what it can do.
type Unimplemented struct{}

func unimplemented(operation string) error {
	return ingot.Errorf(ingot.InvalidRequest, "The operation %s is not implemented yet.", operation)
}

// CompleteSnapshot is not implemented.
func (Unimplemented) CompleteSnapshot(ctx context.Context, in *CompleteSnapshotInput) (*CompleteSnapshotOutput, error) {
	return nil, unimplemented("CompleteSnapshot")
}

// GetSnapshotBlock is not implemented.
func (Unimplemented) GetSnapshotBlock(ctx context.Context, in *GetSnapshotBlockInput) (*GetSnapshotBlockOutput, error) {
	return nil, unimplemented("GetSnapshotBlock")
}

// ListChangedBlocks is not implemented.
func (Unimplemented) ListChangedBlocks(ctx context.Context, in *ListChangedBlocksInput) (*ListChangedBlocksOutput, error) {
	return nil, unimplemented("ListChangedBlocks")
}

// ListSnapshotBlocks is not implemented.
func (Unimplemented) ListSnapshotBlocks(ctx context.Context, in *ListSnapshotBlocksInput) (*ListSnapshotBlocksOutput, error) {
	return nil, unimplemented("ListSnapshotBlocks")
}

// PutSnapshotBlock is not implemented.
func (Unimplemented) PutSnapshotBlock(ctx context.Context, in *PutSnapshotBlockInput) (*PutSnapshotBlockOutput, error) {
	return nil, unimplemented("PutSnapshotBlock")
}

// StartSnapshot is not implemented.
func (Unimplemented) StartSnapshot(ctx context.Context, in *StartSnapshotInput) (*StartSnapshotOutput, error) {
	return nil, unimplemented("StartSnapshot")
}

// Operations is the table of all operations, sorted by name.
var Operations = []model.Operation[Service]{
	{Name: "CompleteSnapshot", Method: "POST", Path: "/snapshots/completion/{snapshotId}", Input: "CompleteSnapshotRequest", Call: model.Call(Service.CompleteSnapshot)},
	{Name: "GetSnapshotBlock", Method: "GET", Path: "/snapshots/{snapshotId}/blocks/{blockIndex}", Input: "GetSnapshotBlockRequest", Call: model.Call(Service.GetSnapshotBlock)},
	{Name: "ListChangedBlocks", Method: "GET", Path: "/snapshots/{secondSnapshotId}/changedblocks", Input: "ListChangedBlocksRequest", Call: model.Call(Service.ListChangedBlocks)},
	{Name: "ListSnapshotBlocks", Method: "GET", Path: "/snapshots/{snapshotId}/blocks", Input: "ListSnapshotBlocksRequest", Call: model.Call(Service.ListSnapshotBlocks)},
	{Name: "PutSnapshotBlock", Method: "PUT", Path: "/snapshots/{snapshotId}/blocks/{blockIndex}", Input: "PutSnapshotBlockRequest", Call: model.Call(Service.PutSnapshotBlock)},
	{Name: "StartSnapshot", Method: "POST", Path: "/snapshots", Input: "StartSnapshotRequest", Call: model.Call(Service.StartSnapshot)},
}
