// Code generated from ebs.json; DO NOT EDIT.

package ebs

import "ingot/api/model"

// Shapes are the types of all inputs with their constraints.
var Shapes = map[string]model.Shape{
	"BlockData":                 {Kind: "blob"},
	"BlockIndex":                {Kind: "integer", Min: bound(0)},
	"BlockToken":                {Kind: "string", Max: bound(256), Pattern: "^[A-Za-z0-9+/=]+$"},
	"Boolean":                   {Kind: "boolean"},
	"ChangedBlocksCount":        {Kind: "integer", Min: bound(0)},
	"Checksum":                  {Kind: "string", Max: bound(64), Pattern: "^[A-Za-z0-9+/=]+$"},
	"ChecksumAggregationMethod": {Kind: "string", Max: bound(32), Pattern: "^[A-Za-z0-9]+$", Enum: []string{"LINEAR"}},
	"ChecksumAlgorithm":         {Kind: "string", Max: bound(32), Pattern: "^[A-Za-z0-9]+$", Enum: []string{"SHA256"}},
	"CompleteSnapshotRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ChangedBlocksCount", Shape: "ChangedBlocksCount", Wire: "x-amz-ChangedBlocksCount", Place: "header", Required: true},
		{Name: "Checksum", Shape: "Checksum", Wire: "x-amz-Checksum", Place: "header"},
		{Name: "ChecksumAggregationMethod", Shape: "ChecksumAggregationMethod", Wire: "x-amz-Checksum-Aggregation-Method", Place: "header"},
		{Name: "ChecksumAlgorithm", Shape: "ChecksumAlgorithm", Wire: "x-amz-Checksum-Algorithm", Place: "header"},
		{Name: "SnapshotId", Shape: "SnapshotId", Wire: "snapshotId", Place: "uri", Required: true}}},
	"DataLength":  {Kind: "integer"},
	"Description": {Kind: "string", Max: bound(255), Pattern: "^[\\S\\s]+$"},
	"GetSnapshotBlockRequest": {Kind: "structure", Members: []model.Member{
		{Name: "BlockIndex", Shape: "BlockIndex", Wire: "blockIndex", Place: "uri", Required: true},
		{Name: "BlockToken", Shape: "BlockToken", Wire: "blockToken", Place: "query", Required: true},
		{Name: "SnapshotId", Shape: "SnapshotId", Wire: "snapshotId", Place: "uri", Required: true}}},
	"IdempotencyToken": {Kind: "string", Max: bound(255), Pattern: "^[\\S]+$"},
	"KmsKeyArn":        {Kind: "string", Min: bound(1), Max: bound(2048), Pattern: "arn:aws[a-z\\-]*:kms:.*:[0-9]{12}:key/.*"},
	"ListChangedBlocksRequest": {Kind: "structure", Members: []model.Member{
		{Name: "FirstSnapshotId", Shape: "SnapshotId", Wire: "firstSnapshotId", Place: "query"},
		{Name: "MaxResults", Shape: "MaxResults", Wire: "maxResults", Place: "query"},
		{Name: "NextToken", Shape: "PageToken", Wire: "pageToken", Place: "query"},
		{Name: "SecondSnapshotId", Shape: "SnapshotId", Wire: "secondSnapshotId", Place: "uri", Required: true},
		{Name: "StartingBlockIndex", Shape: "BlockIndex", Wire: "startingBlockIndex", Place: "query"}}},
	"ListSnapshotBlocksRequest": {Kind: "structure", Members: []model.Member{
		{Name: "MaxResults", Shape: "MaxResults", Wire: "maxResults", Place: "query"},
		{Name: "NextToken", Shape: "PageToken", Wire: "pageToken", Place: "query"},
		{Name: "SnapshotId", Shape: "SnapshotId", Wire: "snapshotId", Place: "uri", Required: true},
		{Name: "StartingBlockIndex", Shape: "BlockIndex", Wire: "startingBlockIndex", Place: "query"}}},
	"MaxResults": {Kind: "integer", Min: bound(100), Max: bound(10000)},
	"PageToken":  {Kind: "string", Max: bound(256), Pattern: "^[A-Za-z0-9+/=]+$"},
	"Progress":   {Kind: "integer", Min: bound(0), Max: bound(100)},
	"PutSnapshotBlockRequest": {Kind: "structure", Members: []model.Member{
		{Name: "BlockData", Shape: "BlockData", Place: "payload", Required: true},
		{Name: "BlockIndex", Shape: "BlockIndex", Wire: "blockIndex", Place: "uri", Required: true},
		{Name: "Checksum", Shape: "Checksum", Wire: "x-amz-Checksum", Place: "header", Required: true},
		{Name: "ChecksumAlgorithm", Shape: "ChecksumAlgorithm", Wire: "x-amz-Checksum-Algorithm", Place: "header", Required: true},
		{Name: "DataLength", Shape: "DataLength", Wire: "x-amz-Data-Length", Place: "header", Required: true},
		{Name: "Progress", Shape: "Progress", Wire: "x-amz-Progress", Place: "header"},
		{Name: "SnapshotId", Shape: "SnapshotId", Wire: "snapshotId", Place: "uri", Required: true}}},
	"SnapshotId": {Kind: "string", Min: bound(1), Max: bound(64), Pattern: "^snap-[0-9a-f]+$"},
	"StartSnapshotRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ClientToken", Shape: "IdempotencyToken"},
		{Name: "Description", Shape: "Description"},
		{Name: "Encrypted", Shape: "Boolean"},
		{Name: "KmsKeyArn", Shape: "KmsKeyArn"},
		{Name: "ParentSnapshotId", Shape: "SnapshotId"},
		{Name: "Tags", Shape: "Tags"},
		{Name: "Timeout", Shape: "Timeout"},
		{Name: "VolumeSize", Shape: "VolumeSize", Required: true}}},
	"Tag": {Kind: "structure", Members: []model.Member{
		{Name: "Key", Shape: "TagKey"},
		{Name: "Value", Shape: "TagValue"}}},
	"TagKey":     {Kind: "string", Max: bound(127), Pattern: "^[\\S\\s]+$"},
	"TagValue":   {Kind: "string", Max: bound(255), Pattern: "^[\\S\\s]*$"},
	"Tags":       {Kind: "list", Elem: "Tag"},
	"Timeout":    {Kind: "integer", Min: bound(10), Max: bound(4320)},
	"VolumeSize": {Kind: "long", Min: bound(1)},
}

func bound(n int64) *int64 { return &n }

var _ = bound
