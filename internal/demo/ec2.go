package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// launchPermission is one item of EC2's answer; one member is set.
type launchPermission struct {
	UserID                string `xml:"userId"`
	Group                 string `xml:"group"`
	OrganizationARN       string `xml:"organizationArn"`
	OrganizationalUnitARN string `xml:"organizationalUnitArn"`
}

func (p launchPermission) String() string {
	switch {
	case p.OrganizationARN != "":
		return "organization " + p.OrganizationARN
	case p.OrganizationalUnitARN != "":
		return "organizational unit " + p.OrganizationalUnitARN
	case p.UserID != "":
		return "account " + p.UserID
	}
	return "group " + p.Group
}

// launchPermissions asks EC2 with whom an image is shared. It sends the request itself
// and lets the SDK sign it: the SDK's EC2 client takes more than a minute to compile.
func launchPermissions(ctx context.Context, session aws.Config, region, image string) ([]launchPermission, error) {
	form := url.Values{
		"Action": {"DescribeImageAttribute"}, "Version": {"2016-11-15"}, "ImageId": {image}, "Attribute": {"launchPermission"},
	}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, aws.ToString(session.BaseEndpoint), strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	who, err := session.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(form))
	if err := v4.NewSigner().SignHTTP(ctx, who, r, hex.EncodeToString(sum[:]), "ec2", region, time.Now()); err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("EC2 answered %s: %s", answer.Status, body)
	}
	var out struct {
		Permissions []launchPermission `xml:"launchPermission>item"`
	}
	return out.Permissions, xml.Unmarshal(body, &out)
}
