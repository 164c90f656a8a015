package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ingot/internal/api"
	"ingot/internal/api/apitest"
)

// bench is a server with small fakes behind it, and the SDK's clients before it.
type bench struct {
	endpoint string
	log      *apitest.Log
	fake     *apitest.ImageBuilder
	builder  *imagebuilder.Client
	ec2      *ec2.Client
	sts      *sts.Client
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{fake: apitest.NewImageBuilder()}
	b.endpoint, b.log = apitest.Start(t, api.Config{ImageBuilder: b.fake, EC2: apitest.EC2{}, STS: apitest.STS{}, Version: "v1"})
	c := aws.Config{
		Region: apitest.Region, BaseEndpoint: &b.endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(apitest.AccessKey, apitest.Secret, ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = noBackoff{} })
		},
	}
	b.builder, b.ec2, b.sts = imagebuilder.NewFromConfig(c), ec2.NewFromConfig(c), sts.NewFromConfig(c)
	return b
}

type noBackoff struct{}

func (noBackoff) BackoffDelay(int, error) (time.Duration, error) { return 0, nil }

func TestBodyRoundTrip(t *testing.T) {
	b, ctx := start(t), context.Background()
	in := &imagebuilder.CreateDistributionConfigurationInput{
		Name: aws.String("My Config"), Description: aws.String(`with <html> & "quotes" and ünïcode`), Tags: map[string]string{"a b": "c=d"},
		Distributions: []types.Distribution{{
			Region: aws.String("us-east-1"),
			AmiDistributionConfiguration: &types.AmiDistributionConfiguration{
				Name: aws.String("web {{ imagebuilder:buildDate }}"), AmiTags: map[string]string{"k": "v"},
				LaunchPermission: &types.LaunchPermissionConfiguration{
					UserIds: []string{"111122223333"}, OrganizationArns: []string{"arn:aws:organizations::111122223333:organization/o-abcdefghij"},
				},
			},
		}},
	}
	out, err := b.builder.CreateDistributionConfiguration(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if *out.ClientToken == "" || len(*out.RequestId) != 36 || *out.DistributionConfigurationArn != "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/my-config" {
		t.Errorf("created %v %v %v", *out.ClientToken, *out.RequestId, *out.DistributionConfigurationArn)
	}
	got, err := b.builder.GetDistributionConfiguration(ctx, &imagebuilder.GetDistributionConfigurationInput{DistributionConfigurationArn: out.DistributionConfigurationArn})
	if err != nil {
		t.Fatal(err)
	}
	d := got.DistributionConfiguration
	opts := cmpopts.IgnoreUnexported(types.Distribution{}, types.AmiDistributionConfiguration{}, types.LaunchPermissionConfiguration{})
	if diff := cmp.Diff(in.Distributions, d.Distributions, opts); diff != "" || *d.Description != *in.Description || d.Tags["a b"] != "c=d" {
		t.Errorf("read back %s %v %s", *d.Description, d.Tags, diff)
	}
	if *d.DateCreated != "2020-02-19T18:40:10.529Z" || d.DateUpdated != nil || *d.TimeoutMinutes != 720 {
		t.Errorf("dates %v %v", *d.DateCreated, d.DateUpdated)
	}
}

func TestTagsOnThePath(t *testing.T) {
	b, ctx := start(t), context.Background()
	arn := aws.String("arn:aws:imagebuilder:us-east-1:123456789012:component/web/1.0.0/1")
	if _, err := b.builder.TagResource(ctx, &imagebuilder.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "1", "b c": "2", "d:e=+@": "3"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.builder.UntagResource(ctx, &imagebuilder.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a", "b c"}}); err != nil {
		t.Error(err)
	}
	_, err := b.builder.UntagResource(ctx, &imagebuilder.UntagResourceInput{ResourceArn: aws.String("arn:x"), TagKeys: []string{"a"}})
	wantCode(t, err, "InvalidParameterException")
}

func TestListQueryAndEmptyTags(t *testing.T) {
	b, ctx := start(t), context.Background()
	arn := aws.String("arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/p")
	got, err := b.builder.ListTagsForResource(ctx, &imagebuilder.ListTagsForResourceInput{ResourceArn: arn})
	if err != nil || got.Tags == nil {
		t.Errorf("tags %v, %v", got, err)
	}
	list, err := b.builder.ListComponents(ctx, &imagebuilder.ListComponentsInput{
		Owner: types.OwnershipSelf, Filters: []types.Filter{{Name: aws.String("name"), Values: []string{"a", "b c"}}},
	})
	if err != nil || *list.ComponentVersionList[0].Name != "name=a,b c" || *list.ComponentVersionList[0].Owner != "Self" {
		t.Errorf("list %v, %v", list, err)
	}
}

func TestTimesThatAreNumbers(t *testing.T) {
	b, ctx := start(t), context.Background()
	policy, err := b.builder.GetLifecyclePolicy(ctx, &imagebuilder.GetLifecyclePolicyInput{LifecyclePolicyArn: aws.String("arn:aws:imagebuilder:us-east-1:123456789012:lifecycle-policy/p")})
	if err != nil || !policy.LifecyclePolicy.DateCreated.Equal(apitest.Fixed) {
		t.Errorf("policy %v, %v", policy, err)
	}
	out, err := b.builder.StartResourceStateUpdate(ctx, &imagebuilder.StartResourceStateUpdateInput{
		ResourceArn: aws.String("arn:aws:imagebuilder:us-east-1:123456789012:image/i/1.0.0/1"),
		State:       &types.ResourceState{Status: types.ResourceStatusDeprecated}, UpdateAt: aws.Time(apitest.Fixed.Add(-250 * time.Millisecond)),
	})
	if err != nil || *out.LifecycleExecutionId != "2026-09-12T10:00:00Z" {
		t.Errorf("update %v, %v", out, err)
	}
}

// TestErrors sees each fault as the SDK does, and how often it tried.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		image, code, message string
		tries                int
	}{
		{"missing", "ResourceNotFoundException", "as asked", 1},
		{"quota", "ServiceQuotaExceededException", "as asked", 1},
		{"forbidden", "ForbiddenException", "as asked", 1},
		{"dry-run", "DryRunOperationException", "as asked", 1},
		{"exists", "ResourceAlreadyExistsException", "as asked", 1},
		{"throttled", "TooManyRequestsException", "as asked", 3},
		{"unavailable", "ServiceUnavailableException", "as asked", 3},
		{"breaks", "ServiceException", "An internal error has occurred. The server's log tells more under the id of this request.", 3},
		{"panics", "ServiceException", "An internal error has occurred. The server's log tells more under the id of this request.", 3},
	} {
		b := start(t)
		_, err := b.builder.GetImage(context.Background(), &imagebuilder.GetImageInput{ImageBuildVersionArn: aws.String("arn:aws:imagebuilder:us-east-1:123456789012:image/" + c.image + "/1.0.0/1")})
		e, ok := errors.AsType[smithy.APIError](err)
		if !ok || e.ErrorCode() != c.code || e.ErrorMessage() != c.message || b.fake.Calls != c.tries {
			t.Errorf("%s: %v after %d calls", c.image, err, b.fake.Calls)
		}
	}
}

// TestSecretsOfFaults stay in the log, under the id that the client gets.
func TestSecretsOfFaults(t *testing.T) {
	for _, image := range []string{"breaks", "panics"} {
		b := start(t)
		_, err := b.builder.GetImage(context.Background(), &imagebuilder.GetImageInput{ImageBuildVersionArn: aws.String("arn:aws:imagebuilder:us-east-1:123456789012:image/" + image + "/1.0.0/1")})
		id, ok := errors.AsType[interface {
			error
			ServiceRequestID() string
		}](err)
		log := b.log.String()
		if !ok || !strings.Contains(log, "request="+id.ServiceRequestID()) || !strings.Contains(log, "secret of the ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v\nlog: %s", image, err, log)
		}
	}
}

func TestEC2(t *testing.T) {
	b, ctx := start(t), context.Background()
	got, err := b.ec2.DescribeImages(ctx, &ec2.DescribeImagesInput{
		ImageIds: []string{"ami-1", "ami-2"}, Owners: []string{"self"}, ExecutableUsers: []string{"all"},
		Filters: []ec2types.Filter{{Name: aws.String("name"), Values: []string{"a", "b"}}, {Name: aws.String("x"), Values: []string{"y z"}}},
	})
	if err != nil || len(got.Images) != 2 {
		t.Fatalf("images %v, %v", got, err)
	}
	i := got.Images[1]
	if *i.ImageId != "ami-2" || *i.Description != "self <&> all <&> name=a,b <&> x=y z" || *i.Public || i.Name != nil || *i.Tags[0].Value != "v" {
		t.Errorf("image %+v", i)
	}
	attribute, err := b.ec2.DescribeImageAttribute(ctx, &ec2.DescribeImageAttributeInput{ImageId: aws.String("ami-1"), Attribute: ec2types.ImageAttributeNameLaunchPermission})
	if err != nil || len(attribute.LaunchPermissions) != 4 || *attribute.LaunchPermissions[3].OrganizationalUnitArn != "arn:ou" || attribute.LaunchPermissions[3].UserId != nil {
		t.Errorf("attribute %v, %v", attribute, err)
	}
	_, err = b.ec2.DescribeImageAttribute(ctx, &ec2.DescribeImageAttributeInput{ImageId: aws.String("ami-0"), Attribute: ec2types.ImageAttributeNameLaunchPermission})
	wantCode(t, err, "InvalidAMIID.NotFound")
	_, err = b.ec2.DescribeImageAttribute(ctx, &ec2.DescribeImageAttributeInput{ImageId: aws.String("ami-1"), Attribute: "colour"})
	wantCode(t, err, "InvalidParameterValue")
	_, err = b.ec2.RunInstances(ctx, &ec2.RunInstancesInput{MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	wantCode(t, err, "InvalidAction")
}

func TestSTS(t *testing.T) {
	b, ctx := start(t), context.Background()
	got, err := b.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil || *got.Account != apitest.Account || *got.Arn != apitest.UserARN || *got.UserId != apitest.UserID {
		t.Errorf("identity %v, %v", got, err)
	}
	_, err = b.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{})
	wantCode(t, err, "InvalidAction")
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
