package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ebs"
	ebstypes "github.com/aws/aws-sdk-go-v2/service/ebs/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"

	"ingot"
	ebsapi "ingot/api/ebs"
	"ingot/api/model"
	orgapi "ingot/api/organizations"
	"ingot/internal/api"
	"ingot/internal/api/apitest"
	neighbourebs "ingot/internal/neighbour/ebs"
	neighbourorganizations "ingot/internal/neighbour/organizations"
)

// clients are the SDK's for two services behind a server.
func clients(t *testing.T, o orgapi.Service, e ebsapi.Service) (*organizations.Client, *ebs.Client) {
	t.Helper()
	endpoint, _ := apitest.Start(t, api.Config{ImageBuilder: apitest.NewImageBuilder(), EC2: apitest.EC2{}, STS: apitest.STS{}, Organizations: o, EBS: e})
	c := aws.Config{
		Region: apitest.Region, BaseEndpoint: &endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(apitest.AccessKey, apitest.Secret, ""),
	}
	return organizations.NewFromConfig(c), ebs.NewFromConfig(c)
}

// TestNoOrganization gets the SDK's own error type for an account without one.
func TestNoOrganization(t *testing.T) {
	o, _ := clients(t, neighbourorganizations.New(), nil)
	_, err := o.DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
	e, ok := errors.AsType[*orgtypes.AWSOrganizationsNotInUseException](err)
	if !ok || e.ErrorMessage() != "Your account is not a member of an organization." {
		t.Errorf("got %v", err)
	}
	_, err = o.ListRoots(t.Context(), &organizations.ListRootsInput{})
	if err == nil || !strings.Contains(err.Error(), "The operation ListRoots is not implemented yet.") {
		t.Errorf("got %v", err)
	}
}

// TestBlocksAreRefusedByName, each operation.
func TestBlocksAreRefusedByName(t *testing.T) {
	ctx := t.Context()
	for _, service := range []ebsapi.Service{neighbourebs.New(), nil} {
		_, e := clients(t, nil, service)
		snapshot, index, token := aws.String("snap-0123456789abcdef0"), aws.Int32(3), aws.String("AAAB")
		for name, call := range map[string]func() error{
			"StartSnapshot": func() error {
				_, err := e.StartSnapshot(ctx, &ebs.StartSnapshotInput{VolumeSize: aws.Int64(1)})
				return err
			},
			"ListSnapshotBlocks": func() error {
				_, err := e.ListSnapshotBlocks(ctx, &ebs.ListSnapshotBlocksInput{SnapshotId: snapshot})
				return err
			},
			"ListChangedBlocks": func() error {
				_, err := e.ListChangedBlocks(ctx, &ebs.ListChangedBlocksInput{SecondSnapshotId: snapshot})
				return err
			},
			"GetSnapshotBlock": func() error {
				_, err := e.GetSnapshotBlock(ctx, &ebs.GetSnapshotBlockInput{SnapshotId: snapshot, BlockIndex: index, BlockToken: token})
				return err
			},
			"CompleteSnapshot": func() error {
				_, err := e.CompleteSnapshot(ctx, &ebs.CompleteSnapshotInput{SnapshotId: snapshot, ChangedBlocksCount: aws.Int32(1)})
				return err
			},
			"PutSnapshotBlock": func() error { _, err := e.PutSnapshotBlock(ctx, block(snapshot, index, "x")); return err },
		} {
			err := call()
			if a, ok := errors.AsType[smithy.APIError](err); !ok || a.ErrorMessage() != "The operation "+name+" is not implemented yet." {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func block(snapshot *string, index *int32, data string) *ebs.PutSnapshotBlockInput {
	return &ebs.PutSnapshotBlockInput{
		SnapshotId: snapshot, BlockIndex: index, BlockData: strings.NewReader(data), DataLength: aws.Int32(int32(len(data))),
		Checksum: aws.String("c3Vt"), ChecksumAlgorithm: ebstypes.ChecksumAlgorithmChecksumAlgorithmSha256, Progress: aws.Int32(50),
	}
}

// blocks keeps one block and shows what arrived with it.
type blocks struct {
	ebsapi.Unimplemented
	put *ebsapi.PutSnapshotBlockInput
}

func (b *blocks) PutSnapshotBlock(_ context.Context, in *ebsapi.PutSnapshotBlockInput) (*ebsapi.PutSnapshotBlockOutput, error) {
	b.put = in
	return &ebsapi.PutSnapshotBlockOutput{Checksum: in.Checksum, ChecksumAlgorithm: in.ChecksumAlgorithm}, nil
}

func (b *blocks) GetSnapshotBlock(_ context.Context, in *ebsapi.GetSnapshotBlockInput) (*ebsapi.GetSnapshotBlockOutput, error) {
	if in.SnapshotId != b.put.SnapshotId || *in.BlockIndex != *b.put.BlockIndex || in.BlockToken != "a+b/c=" {
		return nil, &ingot.Error{Code: "ResourceNotFoundException", Message: fmt.Sprintf("there is no block %d of %s", *in.BlockIndex, in.SnapshotId), Reason: "SNAPSHOT_NOT_FOUND"}
	}
	return &ebsapi.GetSnapshotBlockOutput{BlockData: b.put.BlockData, Checksum: b.put.Checksum, ChecksumAlgorithm: b.put.ChecksumAlgorithm, DataLength: b.put.DataLength}, nil
}

func (b *blocks) ListSnapshotBlocks(_ context.Context, in *ebsapi.ListSnapshotBlocksInput) (*ebsapi.ListSnapshotBlocksOutput, error) {
	return &ebsapi.ListSnapshotBlocksOutput{
		Blocks: []ebsapi.Block{{BlockIndex: in.StartingBlockIndex, BlockToken: in.NextToken}}, BlockSize: in.MaxResults,
		ExpiryTime: &model.Timestamp{Time: time.Unix(1789161600, 500e6)},
	}, nil
}

// TestLocationsOfREST sends members in labels, the query, headers and as the whole body,
// and gets some back.
func TestLocationsOfREST(t *testing.T) {
	kept, ctx := &blocks{}, t.Context()
	_, e := clients(t, nil, kept)
	snapshot, data := aws.String("snap-0123456789abcdef0"), "\x00\xff{\"not\": JSON"
	put, err := e.PutSnapshotBlock(ctx, block(snapshot, aws.Int32(7), data))
	if err != nil || *put.Checksum != "c3Vt" || put.ChecksumAlgorithm != "SHA256" {
		t.Fatalf("put %+v, %v", put, err)
	}
	if in := kept.put; string(in.BlockData) != data || *in.DataLength != len(data) || *in.Progress != 50 {
		t.Errorf("it got %+v", in)
	}
	got, err := e.GetSnapshotBlock(ctx, &ebs.GetSnapshotBlockInput{SnapshotId: snapshot, BlockIndex: aws.Int32(7), BlockToken: aws.String("a+b/c=")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(got.BlockData)
	if err != nil || !bytes.Equal(text, []byte(data)) || *got.DataLength != int32(len(data)) || *got.Checksum != "c3Vt" {
		t.Errorf("got %q %+v, %v", text, got, err)
	}
	listed, err := e.ListSnapshotBlocks(ctx, &ebs.ListSnapshotBlocksInput{SnapshotId: snapshot, MaxResults: aws.Int32(200), NextToken: aws.String("abc="), StartingBlockIndex: aws.Int32(9)})
	if err != nil || *listed.Blocks[0].BlockIndex != 9 || *listed.Blocks[0].BlockToken != "abc=" || *listed.BlockSize != 200 || listed.ExpiryTime.UnixMilli() != 1789161600500 {
		t.Errorf("listed %+v, %v", listed, err)
	}
	_, err = e.GetSnapshotBlock(ctx, &ebs.GetSnapshotBlockInput{SnapshotId: snapshot, BlockIndex: aws.Int32(8), BlockToken: aws.String("a+b/c=")})
	missing, ok := errors.AsType[*ebstypes.ResourceNotFoundException](err)
	if !ok || missing.ErrorMessage() != "there is no block 8 of "+*snapshot || missing.Reason != ebstypes.ResourceNotFoundExceptionReasonSnapshotNotFound {
		t.Errorf("got %v", err)
	}
	_, err = e.GetSnapshotBlock(ctx, &ebs.GetSnapshotBlockInput{SnapshotId: aws.String("snap-x/../y"), BlockIndex: aws.Int32(8), BlockToken: aws.String("a")})
	if _, ok := errors.AsType[*ebstypes.ValidationException](err); !ok {
		t.Errorf("got %v", err)
	}
}

// units makes one unit and no second.
type units struct{ orgapi.Unimplemented }

func (units) CreateOrganizationalUnit(_ context.Context, in *orgapi.CreateOrganizationalUnitInput) (*orgapi.CreateOrganizationalUnitOutput, error) {
	if in.Name == "deep" {
		return nil, &ingot.Error{Code: "ConstraintViolationException", Message: "too deep", Reason: "OU_DEPTH_LIMIT_EXCEEDED"}
	}
	return &orgapi.CreateOrganizationalUnitOutput{OrganizationalUnit: &orgapi.OrganizationalUnit{Id: "ou-ab12-abcdefgh", Name: in.Name}}, nil
}

func (units) MoveAccount(_ context.Context, in *orgapi.MoveAccountInput) (*orgapi.MoveAccountOutput, error) {
	if in.SourceParentId == in.DestinationParentId {
		return nil, errors.New("a fault of ours")
	}
	return &orgapi.MoveAccountOutput{}, nil
}

// TestJSON11 has answers of each kind, and exceptions with and without a reason.
func TestJSON11(t *testing.T) {
	o, _ := clients(t, units{}, nil)
	ctx, root, under := t.Context(), aws.String("r-ab12"), aws.String("ou-ab12-abcdefgh")
	made, err := o.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{Name: aws.String("a <ü> & b"), ParentId: root})
	if err != nil || *made.OrganizationalUnit.Name != "a <ü> & b" || made.OrganizationalUnit.Arn != nil {
		t.Errorf("made %+v, %v", made, err)
	}
	_, err = o.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{Name: aws.String("deep"), ParentId: root})
	if e, ok := errors.AsType[*orgtypes.ConstraintViolationException](err); !ok || e.Reason != orgtypes.ConstraintViolationExceptionReasonOuDepthLimitExceeded || e.ErrorMessage() != "too deep" {
		t.Errorf("got %v", err)
	}
	move := &organizations.MoveAccountInput{AccountId: aws.String("111122223333"), SourceParentId: root, DestinationParentId: under}
	if _, err := o.MoveAccount(ctx, move); err != nil {
		t.Error(err)
	}
	move.DestinationParentId = root
	_, err = o.MoveAccount(ctx, move)
	if e, ok := errors.AsType[*orgtypes.ServiceException](err); !ok || strings.Contains(e.ErrorMessage(), "ours") {
		t.Errorf("got %v", err)
	}
	move.AccountId = aws.String("1")
	_, err = o.MoveAccount(ctx, move)
	if e, ok := errors.AsType[*orgtypes.InvalidInputException](err); !ok || !strings.Contains(e.ErrorMessage(), "AccountId must match pattern") {
		t.Errorf("got %v", err)
	}
}
