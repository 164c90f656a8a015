// Code generated from ebs.json; DO NOT EDIT.

// Package ebs has the types, operations and constraints of the service.
package ebs

import "ingot/api/model"

// Block is the shape Block.
type Block struct {
	BlockIndex *int   `json:"BlockIndex,omitzero"`
	BlockToken string `json:"BlockToken,omitzero"`
}

// ChangedBlock is the shape ChangedBlock.
type ChangedBlock struct {
	BlockIndex       *int   `json:"BlockIndex,omitzero"`
	FirstBlockToken  string `json:"FirstBlockToken,omitzero"`
	SecondBlockToken string `json:"SecondBlockToken,omitzero"`
}

// CompleteSnapshotInput is the shape CompleteSnapshotRequest.
type CompleteSnapshotInput struct {
	ChangedBlocksCount        *int   `json:"ChangedBlocksCount,omitzero"`
	Checksum                  string `json:"Checksum,omitzero"`
	ChecksumAggregationMethod string `json:"ChecksumAggregationMethod,omitzero"`
	ChecksumAlgorithm         string `json:"ChecksumAlgorithm,omitzero"`
	SnapshotId                string `json:"SnapshotId,omitzero"`
}

// CompleteSnapshotOutput is the shape CompleteSnapshotResponse.
type CompleteSnapshotOutput struct {
	Status string `json:"Status,omitzero"`
}

// GetSnapshotBlockInput is the shape GetSnapshotBlockRequest.
type GetSnapshotBlockInput struct {
	BlockIndex *int   `json:"BlockIndex,omitzero"`
	BlockToken string `json:"BlockToken,omitzero"`
	SnapshotId string `json:"SnapshotId,omitzero"`
}

// GetSnapshotBlockOutput is the shape GetSnapshotBlockResponse.
type GetSnapshotBlockOutput struct {
	BlockData         []byte `json:"-" payload:"true"`
	Checksum          string `json:"-" header:"x-amz-Checksum"`
	ChecksumAlgorithm string `json:"-" header:"x-amz-Checksum-Algorithm"`
	DataLength        *int   `json:"-" header:"x-amz-Data-Length"`
}

// ListChangedBlocksInput is the shape ListChangedBlocksRequest.
type ListChangedBlocksInput struct {
	FirstSnapshotId    string `json:"FirstSnapshotId,omitzero"`
	MaxResults         *int   `json:"MaxResults,omitzero"`
	NextToken          string `json:"NextToken,omitzero"`
	SecondSnapshotId   string `json:"SecondSnapshotId,omitzero"`
	StartingBlockIndex *int   `json:"StartingBlockIndex,omitzero"`
}

// ListChangedBlocksOutput is the shape ListChangedBlocksResponse.
type ListChangedBlocksOutput struct {
	BlockSize     *int             `json:"BlockSize,omitzero"`
	ChangedBlocks []ChangedBlock   `json:"ChangedBlocks,omitzero"`
	ExpiryTime    *model.Timestamp `json:"ExpiryTime,omitzero"`
	NextToken     string           `json:"NextToken,omitzero"`
	VolumeSize    *int64           `json:"VolumeSize,omitzero"`
}

// ListSnapshotBlocksInput is the shape ListSnapshotBlocksRequest.
type ListSnapshotBlocksInput struct {
	MaxResults         *int   `json:"MaxResults,omitzero"`
	NextToken          string `json:"NextToken,omitzero"`
	SnapshotId         string `json:"SnapshotId,omitzero"`
	StartingBlockIndex *int   `json:"StartingBlockIndex,omitzero"`
}

// ListSnapshotBlocksOutput is the shape ListSnapshotBlocksResponse.
type ListSnapshotBlocksOutput struct {
	BlockSize  *int             `json:"BlockSize,omitzero"`
	Blocks     []Block          `json:"Blocks,omitzero"`
	ExpiryTime *model.Timestamp `json:"ExpiryTime,omitzero"`
	NextToken  string           `json:"NextToken,omitzero"`
	VolumeSize *int64           `json:"VolumeSize,omitzero"`
}

// PutSnapshotBlockInput is the shape PutSnapshotBlockRequest.
type PutSnapshotBlockInput struct {
	BlockData         []byte `json:"BlockData,omitzero"`
	BlockIndex        *int   `json:"BlockIndex,omitzero"`
	Checksum          string `json:"Checksum,omitzero"`
	ChecksumAlgorithm string `json:"ChecksumAlgorithm,omitzero"`
	DataLength        *int   `json:"DataLength,omitzero"`
	Progress          *int   `json:"Progress,omitzero"`
	SnapshotId        string `json:"SnapshotId,omitzero"`
}

// PutSnapshotBlockOutput is the shape PutSnapshotBlockResponse.
type PutSnapshotBlockOutput struct {
	Checksum          string `json:"-" header:"x-amz-Checksum"`
	ChecksumAlgorithm string `json:"-" header:"x-amz-Checksum-Algorithm"`
}

// StartSnapshotInput is the shape StartSnapshotRequest.
type StartSnapshotInput struct {
	ClientToken      string `json:"ClientToken,omitzero"`
	Description      string `json:"Description,omitzero"`
	Encrypted        *bool  `json:"Encrypted,omitzero"`
	KmsKeyArn        string `json:"KmsKeyArn,omitzero"`
	ParentSnapshotId string `json:"ParentSnapshotId,omitzero"`
	Tags             []Tag  `json:"Tags,omitzero"`
	Timeout          *int   `json:"Timeout,omitzero"`
	VolumeSize       *int64 `json:"VolumeSize,omitzero"`
}

// StartSnapshotOutput is the shape StartSnapshotResponse.
type StartSnapshotOutput struct {
	BlockSize        *int             `json:"BlockSize,omitzero"`
	Description      string           `json:"Description,omitzero"`
	KmsKeyArn        string           `json:"KmsKeyArn,omitzero"`
	OwnerId          string           `json:"OwnerId,omitzero"`
	ParentSnapshotId string           `json:"ParentSnapshotId,omitzero"`
	SnapshotId       string           `json:"SnapshotId,omitzero"`
	SseType          string           `json:"SseType,omitzero"`
	StartTime        *model.Timestamp `json:"StartTime,omitzero"`
	Status           string           `json:"Status,omitzero"`
	Tags             []Tag            `json:"Tags,omitzero"`
	VolumeSize       *int64           `json:"VolumeSize,omitzero"`
}

// Tag is the shape Tag.
type Tag struct {
	Key   string `json:"Key,omitzero"`
	Value string `json:"Value,omitzero"`
}
