package wire_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"ingot"
	"ingot/api/ec2"
	"ingot/api/model"
	"ingot/api/sts"
	"ingot/internal/api/wire"
)

func TestEC2Answers(t *testing.T) {
	handler := wire.EC2[ec2.Service](echo{}, ec2.Operations, ec2.Shapes, ec2.Namespace)
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	for _, c := range []struct {
		form   string
		status int
		body   string
	}{
		{"Action=DescribeImages", 200, `<DescribeImagesResponse xmlns="` + ec2.Namespace + `"><requestId>id</requestId><imagesSet></imagesSet></DescribeImagesResponse>`},
		{"Action=DescribeImages&NextToken=%3C", 200, `<DescribeImagesResponse xmlns="` + ec2.Namespace + `"><requestId>id</requestId><imagesSet></imagesSet><nextToken>&lt;</nextToken></DescribeImagesResponse>`},
		{"Action=DescribeImages&Filter.10.Name=ten&Filter.9.Name=nine", 200, `<DescribeImagesResponse xmlns="` + ec2.Namespace + `"><requestId>id</requestId><imagesSet>` +
			`<item><name>nine</name><tagSet><item><key>nine</key></item></tagSet></item><item><name>ten</name><tagSet><item><key>ten</key></item></tagSet></item></imagesSet></DescribeImagesResponse>`},
		{"Action=DescribeImages&MaxResults=many", 400, fault("InvalidParameterValue", "The value supplied for parameter &#39;MaxResults&#39; is not valid. MaxResults must be an integer of at most 32 bits")},
		{"Action=DescribeImageAttribute&Attribute=bootMode", 400, fault("InvalidParameterValue", "The value supplied for parameter &#39;ImageId&#39; is not valid. ImageId is required")},
		{"Action=DeregisterImage&ImageId=ami-1&DryRun=true", 400, fault("InvalidRequest", "The operation DeregisterImage is not implemented yet.")},
		{"Action=RunInstances", 400, fault("InvalidAction", "The action RunInstances is not valid for this web service.")},
		{"Version=1", 400, fault("MissingAction", "The request must contain the parameter Action.")},
		{"%zz", 400, fault("MalformedQueryString", `The parameters of the request are not a form: invalid URL escape &#34;%zz&#34;.`)},
	} {
		a := handler.Serve(httptest.NewRequest("POST", "/", nil), []byte(c.form), region, "id")
		if a.Status != c.status || string(a.Body) != head+c.body {
			t.Errorf("%s: %d\n got %s\nwant %s", c.form, a.Status, a.Body, head+c.body)
		}
	}
}

func fault(code, message string) string {
	return "<Response><Errors><Error><Code>" + code + "</Code><Message>" + message + "</Message></Error></Errors><RequestID>id</RequestID></Response>"
}

func TestEC2Statuses(t *testing.T) {
	handler := wire.EC2[ec2.Service](echo{}, ec2.Operations, ec2.Shapes, ec2.Namespace)
	for code, want := range map[ingot.Code]struct {
		status int
		shown  ingot.Code
	}{
		"DryRunOperation":                     {412, "DryRunOperation"},
		"UnauthorizedOperation":               {403, "UnauthorizedOperation"},
		"UnrecognizedClientException":         {401, "AuthFailure"},
		"AuthFailure":                         {400, "AuthFailure"},
		"InvalidSignatureException":           {403, "SignatureDoesNotMatch"},
		"MissingAuthenticationTokenException": {403, "MissingAuthenticationToken"},
		"InvalidAMIID.NotFound":               {400, "InvalidAMIID.NotFound"},
		ingot.Internal:                        {500, "InternalError"},
	} {
		if a := handler.Fault(ingot.Errorf(code, "Because."), "id"); a.Status != want.status || a.Code != want.shown {
			t.Errorf("%s: %d %s, want %d %s", code, a.Status, a.Code, want.status, want.shown)
		}
	}
}

func TestGetWithParametersInTheAddress(t *testing.T) {
	handler := wire.Query[sts.Service](who{}, sts.Operations, sts.Shapes, sts.Namespace)
	a := handler.Serve(httptest.NewRequest("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", nil), nil, region, "id")
	want := `<GetCallerIdentityResponse xmlns="` + sts.Namespace + `"><GetCallerIdentityResult><Arn>a&amp;b</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
	if !strings.HasSuffix(string(a.Body), want) {
		t.Errorf("got %s", a.Body)
	}
	a = handler.Serve(httptest.NewRequest("POST", "/", nil), []byte("Action=AssumeRole"), region, "id")
	want = `<ErrorResponse xmlns="` + sts.Namespace + `"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>The action AssumeRole is not valid for this web service.</Message></Error><RequestId>id</RequestId></ErrorResponse>`
	if !strings.HasSuffix(string(a.Body), want) {
		t.Errorf("got %s", a.Body)
	}
}

type who struct{}

func (who) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Arn: "a&b"}, nil
}

// namer is a service of one operation, whose lists are written as STS and SNS do.
type namer interface {
	Name(ctx context.Context, in *names) (*names, error)
}

type names struct {
	Names []string `xml:"Names>member"`
}

type same struct{}

func (same) Name(_ context.Context, in *names) (*names, error) { return in, nil }

func TestListsOfMembers(t *testing.T) {
	table := []model.Operation[namer]{{Name: "Name", Input: "Names", Call: model.Call(namer.Name)}}
	types := map[string]model.Shape{
		"Names":  {Kind: model.Structure, Members: []model.Member{{Name: "Names", Shape: "List"}}},
		"List":   {Kind: model.List, Elem: "String"},
		"String": {Kind: model.String},
	}
	a := wire.Query[namer](same{}, table, types, "ns").Serve(httptest.NewRequest("POST", "/", nil), []byte("Action=Name&Names.member.2=b&Names.member.1=a"), region, "id")
	if want := `<NameResult><Names><member>a</member><member>b</member></Names></NameResult>`; !strings.Contains(string(a.Body), want) {
		t.Errorf("got %s", a.Body)
	}
}
