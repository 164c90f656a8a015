package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ingot/api/ec2"
	"ingot/internal/api/wire"
)

// FuzzRESTJSON sends anything: the answer is always JSON, and never the server's
// fault.
func FuzzRESTJSON(f *testing.F) {
	f.Add("POST", "/ListComponents", `{"owner":"Self","filters":[{"name":"name","values":["a"]}],"maxResults":25}`)
	f.Add("PUT", "/CreateComponent", `{"name":"abc","semanticVersion":"1.0.0","platform":"Linux","clientToken":"t","data":"x","tags":{"a":"b"},"dryRun":null}`)
	f.Add("PUT", "/CreateDistributionConfiguration", `{"name":"abc","clientToken":"t","distributions":[{"region":"us-east-1","amiDistributionConfiguration":{"name":"n"}}]}`)
	f.Add("PUT", "/StartResourceStateUpdate", `{"resourceArn":"arn","state":{"status":"DELETED"},"clientToken":"t","updateAt":1e9}`)
	f.Add("GET", "/GetImage?imageBuildVersionArn=arn:aws:imagebuilder:us-east-1:123456789012:image/a/x.x.x", "")
	f.Add("DELETE", "/tags/arn%3Aaws%3Aimagebuilder%3Aus-east-1%3A123456789012%3Aimage%2Fa%2F1.0.0?tagKeys=a&tagKeys=b", "")
	f.Add("PUT", "/CreateComponent", strings.Repeat(`{"tags":[`, 70))
	f.Add("PUT", "/TagResource", `{"a":"\\\"[{","b":1e999999,"c":[[[[]]]]}`)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		a := none.Serve(&http.Request{Method: method, URL: u, Header: http.Header{}}, []byte(body), region, "id")
		if a.Status < 400 || a.Status >= 500 || a.Code == "" || !json.Valid(a.Body) {
			t.Errorf("%s %s with %q: %d %s %s %v", method, path, body, a.Status, a.Code, a.Body, a.Err)
		}
	})
}

// echo returns the name of the first filter, so that odd text reaches the XML.
type echo struct{ ec2.Unimplemented }

func (echo) DescribeImages(_ context.Context, in *ec2.DescribeImagesInput) (*ec2.DescribeImagesOutput, error) {
	out := &ec2.DescribeImagesOutput{NextToken: in.NextToken, Images: []ec2.Image{}}
	for _, f := range in.Filters {
		out.Images = append(out.Images, ec2.Image{Name: f.Name, Tags: []ec2.Tag{{Key: f.Name}}})
	}
	return out, nil
}

// FuzzQuery sends any form: the answer is always XML, and never the server's fault.
func FuzzQuery(f *testing.F) {
	handler := wire.EC2[ec2.Service](echo{}, ec2.Operations, ec2.Shapes, ec2.Namespace)
	f.Add("Action=DescribeImages&Version=2016-11-15&Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=a&Filter.1.Value.2=b")
	f.Add("Action=DescribeImages&Filter.2.Name=%3C%26%3E&Filter.10.Name=%00%FF&Filter.-1.Name=x&Filter.01.Name=y&MaxResults=NaN")
	f.Add("Action=DescribeImageAttribute&ImageId=ami-1&Attribute=launchPermission&DryRun=true")
	f.Add("Action=Nothing&Filter=1&Filter.1=2&Filter.1.Name.x=3")
	f.Add("%zz&;=")
	f.Add("Action=DescribeImages&Filter.1.Value.100000000=x&Filter.1.Value.1.1.1.1=y&Filter=&Filter.=z&.=a&Filter.99999999999999999999.Name=b")
	f.Add("Action=DescribeImages&" + strings.Repeat("a.", 100) + "b=c&Filter.1.Value.1=%2A%3F%5C")
	f.Fuzz(func(t *testing.T, form string) {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{}}
		a := handler.Serve(r, []byte(form), region, "id")
		if a.Status >= 500 {
			t.Errorf("%q: %d %v", form, a.Status, a.Err)
		}
		wellFormed(t, a.Body)
	})
}

func wellFormed(t *testing.T, text []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
}
