package ec2_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot"
	api "ingot/api/ec2"
	"ingot/internal/api/caller"
	"ingot/internal/neighbour/ec2"
	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

const (
	owner  = "000000000000"
	friend = "111111111111"
	other  = "222222222222"
	member = "333333333333"

	another = "444444444444"

	organization = "arn:aws:organizations::000000000000:organization/o-abcdefghij"
)

var _ api.Service = (*ec2.Service)(nil)

func id(n int) string { return fmt.Sprintf("ami-%017x", n) }

// as is a request of an account in the first region.
func as(t *testing.T, account string) context.Context {
	return caller.With(t.Context(), caller.Identity{Account: account, Region: "us-east-1"})
}

// newService has images of the owner: 1 private, 2 shared with friend, 3 public,
// 4 shared with the organization of member, 5 staged; a managed one, 6; and a copy of 1
// in another region, 7. The last and the staged one are shared with other.
func newService(t *testing.T) *ec2.Service {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "ingot.db"))
	return serviceOn(t, s, err)
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, s *ec2.Service)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newService(t)) })
	t.Run("postgres", func(t *testing.T) {
		s, err := store.OpenPostgres(t.Context(), storetest.Postgres(t))
		test(t, serviceOn(t, s, err))
	})
}

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

func serviceOn(t *testing.T, s *store.Store, err error) *ec2.Service {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	permissions := [][]store.Permission{nil, {{UserID: friend}}, {{Group: "all"}, {UserID: another}}, {{OrganizationARN: organization}}, {{UserID: other}}, nil, {{UserID: other}}}
	if err := store.MoveMember(t.Context(), s.DB(), member, organization); err != nil {
		t.Fatal(err)
	}
	for i, p := range permissions {
		a := store.AMI{Account: owner, Region: "us-east-1", ID: id(i + 1), Name: fmt.Sprintf("web %d", i+1), Description: "d", Size: 4<<30 + 1,
			SnapshotID: fmt.Sprintf("snap-%017x", i+1), Architecture: "x86_64", RootDevice: "/dev/xvda", BootMode: "uefi-preferred",
			Tags: map[string]string{"team": "red"}, Created: fmt.Sprintf("2026-11-24T00:00:0%d.000Z", i), Staged: i == 4}
		if i == 5 {
			a.Account, a.Name = ingot.OwnerManaged, "debian-12"
		}
		if i == 6 {
			a.Region, a.SourceAMI, a.SourceRegion = "eu-west-1", id(1), "us-east-1"
		}
		if err := store.PutAMI(t.Context(), s.DB(), a); err != nil {
			t.Fatal(err)
		}
		if err := store.SetPermissions(t.Context(), s.DB(), a.Account, a.Region, a.ID, p); err != nil {
			t.Fatal(err)
		}
	}
	return ec2.New(s)
}

func describe(t *testing.T, s *ec2.Service, account string, in api.DescribeImagesInput) (ids string) {
	t.Helper()
	out, err := s.DescribeImages(as(t, account), &in)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, i := range out.Images {
		all = append(all, strings.TrimLeft(strings.TrimPrefix(i.ImageId, "ami-"), "0"))
	}
	return strings.Join(all, " ")
}

func TestDescribeImages(t *testing.T) { onBoth(t, testDescribeImages) }

func testDescribeImages(t *testing.T, s *ec2.Service) {
	filter := func(name string, values ...string) api.DescribeImagesInput {
		return api.DescribeImagesInput{Filters: []api.Filter{{Name: name, Values: values}}}
	}
	for _, c := range []struct {
		what, account string
		in            api.DescribeImagesInput
		want          string
	}{
		{"all that the owner sees", owner, api.DescribeImagesInput{}, "1 2 3 4 6"},
		{"all that a friend sees", friend, api.DescribeImagesInput{}, "2 3 6"},
		{"all that others see", other, api.DescribeImagesInput{}, "3 6"},
		{"all that a member of the organization sees", member, api.DescribeImagesInput{}, "3 4 6"},
		{"executable by self, in an organization", member, api.DescribeImagesInput{ExecutableUsers: []string{"self"}}, "4"},
		{"executable by its id, in an organization", member, api.DescribeImagesInput{ExecutableUsers: []string{member}}, "4"},
		{"executable by another, through an organization", owner, api.DescribeImagesInput{ExecutableUsers: []string{member}}, ""},
		{"executable by another, asked by a stranger", other, api.DescribeImagesInput{ExecutableUsers: []string{friend}}, ""},
		{"executable by two", friend, api.DescribeImagesInput{ExecutableUsers: []string{"all", "self"}}, "2 3 6"},
		{"managed, by the number", other, api.DescribeImagesInput{Owners: []string{"137112412989"}}, "6"},
		{"managed, by our own word", other, api.DescribeImagesInput{Owners: []string{"aws"}}, ""},
		{"of a marketplace", other, api.DescribeImagesInput{Owners: []string{"aws-marketplace"}}, ""},
		{"by id and owner", owner, api.DescribeImagesInput{ImageIds: []string{id(2), id(6), id(2)}, Owners: []string{"self"}}, "2"},
		{"by id and two filters of a name", owner, api.DescribeImagesInput{ImageIds: []string{id(2), id(3)}, Filters: []api.Filter{
			{Name: "name", Values: []string{"web 2", "web 3"}}, {Name: "name", Values: []string{"web 3", "web 4"}}}}, "3"},
		{"by the filter of ids, of one that is hidden", other, filter("image-id", id(1), id(2), id(3)), "3"},
		{"by the filter of names, of one that is hidden", other, filter("name", "web 1"), ""},
		{"by the filter of owners", other, filter("owner-id", owner), "3"},
		{"by the filter of owners, not their names", owner, filter("owner-id", "self", "amazon"), ""},
		{"created", owner, filter("creation-date", "2026-11-24T00:00:01.000Z"), "2"},
		{"without values", owner, filter("name"), ""},
		{"own", owner, api.DescribeImagesInput{Owners: []string{"self"}}, "1 2 3 4"},
		{"own, of others", other, api.DescribeImagesInput{Owners: []string{"self"}}, ""},
		{"managed", other, api.DescribeImagesInput{Owners: []string{"amazon"}}, "6"},
		{"of the owner", other, api.DescribeImagesInput{Owners: []string{owner}}, "3"},
		{"by id", owner, api.DescribeImagesInput{ImageIds: []string{id(2), id(1)}}, "1 2"},
		{"executable by self", friend, api.DescribeImagesInput{ExecutableUsers: []string{"self"}}, "2"},
		{"executable by a friend", owner, api.DescribeImagesInput{ExecutableUsers: []string{friend}}, "2"},
		{"with whom else a public image is shared", other, api.DescribeImagesInput{ExecutableUsers: []string{another}}, ""},
		{"the same, of its owner", owner, api.DescribeImagesInput{ExecutableUsers: []string{another}}, "3"},
		{"executable by a friend, of a stranger", other, api.DescribeImagesInput{ExecutableUsers: []string{friend}}, ""},
		{"executable by a stranger, of a friend", friend, api.DescribeImagesInput{ExecutableUsers: []string{other, owner}}, ""},
		{"executable by itself by number", friend, api.DescribeImagesInput{ExecutableUsers: []string{friend}}, "2"},
		{"executable by all, of a stranger", other, api.DescribeImagesInput{ExecutableUsers: []string{"all"}}, "3 6"},
		{"executable by all", owner, api.DescribeImagesInput{ExecutableUsers: []string{"all"}}, "3 6"},
		{"name", owner, filter("name", "web 1", "nothing"), "1"},
		{"name with wildcards", owner, filter("name", "web ?"), "1 2 3 4"},
		{"name with a star", owner, filter("name", "deb*"), "6"},
		{"name, no pattern", owner, filter("name", "web ."), ""},
		{"public", owner, filter("is-public", "true"), "3 6"},
		{"owner", owner, filter("owner-id", owner), "1 2 3 4"},
		{"alias", owner, filter("owner-alias", "amazon"), "6"},
		{"state", owner, filter("state", "pending"), ""},
		{"tag", owner, filter("tag:team", "r*"), "1 2 3 4"},
		{"tag key", owner, filter("tag-key", "team"), "1 2 3 4"},
		{"tag of another", other, filter("tag:team", "red"), ""},
		{"image id", owner, filter("image-id", id(3)), "3"},
		{"volume", owner, filter("block-device-mapping.volume-size", "5"), "1 2 3 4 6"},
	} {
		if got := describe(t, s, c.account, c.in); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	out, err := s.DescribeImages(as(t, owner), &api.DescribeImagesInput{ImageIds: []string{id(1)}})
	if err != nil {
		t.Fatal(err)
	}
	i := out.Images[0]
	if i.State != "available" || i.OwnerId != owner || *i.Public || *i.BlockDeviceMappings[0].Ebs.VolumeSize != 5 || i.RootDeviceName != "/dev/xvda" || len(i.Tags) != 1 {
		t.Errorf("the image is %+v", i)
	}
}

func TestDescribeImagesRefused(t *testing.T) { onBoth(t, testDescribeImagesRefused) }

func testDescribeImagesRefused(t *testing.T, s *ec2.Service) {
	yes, one := true, 1
	for what, c := range map[string]struct {
		in   api.DescribeImagesInput
		code ingot.Code
	}{
		"unknown id":     {api.DescribeImagesInput{ImageIds: []string{id(99)}}, "InvalidAMIID.NotFound"},
		"staged":         {api.DescribeImagesInput{ImageIds: []string{id(5)}}, "InvalidAMIID.NotFound"},
		"other region":   {api.DescribeImagesInput{ImageIds: []string{id(7)}}, "InvalidAMIID.NotFound"},
		"malformed":      {api.DescribeImagesInput{ImageIds: []string{"i-1"}}, "InvalidAMIID.Malformed"},
		"unknown filter": {api.DescribeImagesInput{Filters: []api.Filter{{Name: "colour"}}}, "InvalidParameterValue"},
		"many filters":   {api.DescribeImagesInput{Filters: make([]api.Filter, 51)}, "FilterLimitExceeded"},
		"many values":    {api.DescribeImagesInput{Filters: []api.Filter{{Name: "name", Values: make([]string, 201)}}}, "FilterLimitExceeded"},
		"a long value":   {api.DescribeImagesInput{Filters: []api.Filter{{Name: "name", Values: []string{strings.Repeat("*a", 128)}}}}, "FilterLimitExceeded"},
		"a long name":    {api.DescribeImagesInput{Filters: []api.Filter{{Name: "tag:" + strings.Repeat("a", 300)}}}, "FilterLimitExceeded"},
		"many ids":       {api.DescribeImagesInput{ImageIds: make([]string, 1001)}, "InvalidParameterValue"},
		"many owners":    {api.DescribeImagesInput{Owners: make([]string, 1001)}, "InvalidParameterValue"},
		"many users":     {api.DescribeImagesInput{ExecutableUsers: make([]string, 1001)}, "InvalidParameterValue"},
		"a long token":   {api.DescribeImagesInput{NextToken: strings.Repeat("a", 300)}, "InvalidParameterValue"},
		"dry run":        {api.DescribeImagesInput{DryRun: &yes}, "DryRunOperation"},
		"ids and a page": {api.DescribeImagesInput{ImageIds: []string{id(1)}, MaxResults: &one}, "InvalidParameterCombination"},
		"bad token":      {api.DescribeImagesInput{NextToken: "%"}, "InvalidParameterValue"},
	} {
		if out, err := s.DescribeImages(as(t, owner), &c.in); err == nil || ingot.CodeOf(err) != c.code {
			t.Errorf("%s: %+v, %v, want %s", what, out, err, c.code)
		}
	}
}

func TestDescribeImagesByPages(t *testing.T) {
	s := newService(t)
	two, token, got := 2, "", ""
	for {
		out, err := s.DescribeImages(as(t, owner), &api.DescribeImagesInput{MaxResults: &two, NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprint(len(out.Images))
		if token = out.NextToken; token == "" {
			break
		}
	}
	if got != "221" {
		t.Errorf("the pages have %s", got)
	}
}

// TestStrangersLearnNothing asks for images that one may not see in every way, and gets
// the words for images that do not exist.
func TestStrangersLearnNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *ec2.Service) {
		for what, ask := range map[string]func(id string) error{
			"describe": func(id string) error {
				_, err := s.DescribeImages(as(t, other), &api.DescribeImagesInput{ImageIds: []string{id}})
				return err
			},
			"describe with what passes nothing": func(id string) error {
				_, err := s.DescribeImages(as(t, other), &api.DescribeImagesInput{ImageIds: []string{id}, Owners: []string{"self"}})
				return err
			},
			"attribute": func(id string) error {
				_, err := s.DescribeImageAttribute(as(t, other), &api.DescribeImageAttributeInput{ImageId: id, Attribute: "launchPermission"})
				return err
			},
			"deregister": func(id string) error {
				_, err := s.DeregisterImage(as(t, other), &api.DeregisterImageInput{ImageId: id})
				return err
			},
		} {
			absent := ask(id(99))
			for _, n := range []int{1, 2, 4, 5, 7} {
				if err := ask(id(n)); ingot.CodeOf(err) != "InvalidAMIID.NotFound" || strings.ReplaceAll(err.Error(), id(n), id(99)) != absent.Error() {
					t.Errorf("%s %d: %v, where an absent one gives %v", what, n, err, absent)
				}
			}
		}
	})
}

func TestLaunchPermissions(t *testing.T) { onBoth(t, testLaunchPermissions) }

func testLaunchPermissions(t *testing.T, s *ec2.Service) {
	for n, want := range map[int]string{
		1: "[]", 2: "[{   " + friend + "}]", 3: "[{   " + another + "} {all   }]",
		4: "[{ " + organization + "  }]",
	} {
		out, err := s.DescribeImageAttribute(as(t, owner), &api.DescribeImageAttributeInput{ImageId: id(n), Attribute: "launchPermission"})
		if err != nil || fmt.Sprint(out.LaunchPermissions) != want {
			t.Errorf("%d: %v, %v, want %s", n, out, err, want)
		}
	}
	for what, c := range map[string]struct {
		account, id, attribute string
		code                   ingot.Code
	}{
		"not the owner":       {friend, id(2), "launchPermission", "AuthFailure"},
		"in the organization": {member, id(4), "launchPermission", "AuthFailure"},
		"public":              {other, id(3), "launchPermission", "AuthFailure"},
		"not seen":            {other, id(1), "launchPermission", "InvalidAMIID.NotFound"},
		"managed":             {owner, id(6), "launchPermission", "AuthFailure"},
		"unknown":             {owner, id(1), "colour", "InvalidParameterValue"},
	} {
		out, err := s.DescribeImageAttribute(as(t, c.account), &api.DescribeImageAttributeInput{ImageId: c.id, Attribute: c.attribute})
		if err == nil || ingot.CodeOf(err) != c.code {
			t.Errorf("%s: %+v, %v, want %s", what, out, err, c.code)
		}
	}
}

func TestDeregisterLeavesTheOtherRegions(t *testing.T) {
	s := newService(t)
	yes := true
	if _, err := s.DeregisterImage(as(t, friend), &api.DeregisterImageInput{ImageId: id(2)}); ingot.CodeOf(err) != "AuthFailure" {
		t.Errorf("by a friend: %v", err)
	}
	if _, err := s.DeregisterImage(as(t, owner), &api.DeregisterImageInput{ImageId: id(1), DryRun: &yes}); ingot.CodeOf(err) != "DryRunOperation" {
		t.Errorf("dry: %v", err)
	}
	out, err := s.DeregisterImage(as(t, owner), &api.DeregisterImageInput{ImageId: id(1), DeleteAssociatedSnapshots: &yes})
	if err != nil || !*out.Return || len(out.DeleteSnapshotResults) != 1 {
		t.Errorf("the answer is %+v, %v", out, err)
	}
	if _, err := s.DeregisterImage(as(t, owner), &api.DeregisterImageInput{ImageId: id(1)}); ingot.CodeOf(err) != "InvalidAMIID.NotFound" {
		t.Errorf("again: %v", err)
	}
	there, err := s.DescribeImages(caller.With(t.Context(), caller.Identity{Account: owner, Region: "eu-west-1"}), &api.DescribeImagesInput{})
	if err != nil || len(there.Images) != 1 || there.Images[0].SourceImageId != id(1) {
		t.Errorf("the other region has %+v, %v", there, err)
	}
}
