package ec2

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ingot"
	api "ingot/api/ec2"
)

// filters return the values of an image for each filter, except tag:KEY.
var filters = map[string]func(api.Image) []string{
	"architecture":        func(i api.Image) []string { return []string{i.Architecture} },
	"boot-mode":           func(i api.Image) []string { return []string{i.BootMode} },
	"creation-date":       func(i api.Image) []string { return []string{i.CreationDate} },
	"description":         func(i api.Image) []string { return []string{i.Description} },
	"ena-support":         func(api.Image) []string { return []string{"true"} },
	"hypervisor":          func(i api.Image) []string { return []string{i.Hypervisor} },
	"image-id":            func(i api.Image) []string { return []string{i.ImageId} },
	"image-type":          func(i api.Image) []string { return []string{i.ImageType} },
	"is-public":           func(i api.Image) []string { return []string{strconv.FormatBool(*i.Public)} },
	"manifest-location":   func(i api.Image) []string { return []string{i.ImageLocation} },
	"name":                func(i api.Image) []string { return []string{i.Name} },
	"owner-alias":         func(i api.Image) []string { return []string{i.ImageOwnerAlias} },
	"owner-id":            func(i api.Image) []string { return []string{i.OwnerId} },
	"platform":            func(i api.Image) []string { return []string{i.Platform} },
	"root-device-name":    func(i api.Image) []string { return []string{i.RootDeviceName} },
	"root-device-type":    func(i api.Image) []string { return []string{i.RootDeviceType} },
	"source-image-id":     func(i api.Image) []string { return []string{i.SourceImageId} },
	"source-image-region": func(i api.Image) []string { return []string{i.SourceImageRegion} },
	"state":               func(i api.Image) []string { return []string{i.State} },
	"tag-key":             tagKeys,
	"virtualization-type": func(i api.Image) []string { return []string{i.VirtualizationType} },

	"block-device-mapping.device-name": func(i api.Image) []string { return []string{i.RootDeviceName} },
	"block-device-mapping.snapshot-id": func(i api.Image) []string { return []string{i.BlockDeviceMappings[0].Ebs.SnapshotId} },
	"block-device-mapping.volume-size": func(i api.Image) []string {
		return []string{strconv.Itoa(*i.BlockDeviceMappings[0].Ebs.VolumeSize)}
	},
}

func tagKeys(i api.Image) (keys []string) {
	for _, t := range i.Tags {
		keys = append(keys, t.Key)
	}
	return keys
}

// EC2's bounds of a request's filters.
const (
	mostFilters  = 50
	mostValues   = 200 // of one filter
	longestValue = 255 // characters
)

// criterion is a compiled filter. Its values are alternatives.
type criterion struct {
	values   func(api.Image) []string
	exact    map[string]bool
	patterns []*pattern
}

// criteria reads the filters of a request.
func criteria(all []api.Filter) ([]criterion, error) {
	if len(all) > mostFilters {
		return nil, ingot.Errorf(filterLimit, "The maximum number of filters specified on a single call is %d", mostFilters)
	}
	ready := make([]criterion, len(all))
	for i, f := range all {
		var err error
		if ready[i], err = newCriterion(f); err != nil {
			return nil, err
		}
	}
	return ready, nil
}

func newCriterion(f api.Filter) (criterion, error) {
	c := criterion{values: filters[f.Name], exact: map[string]bool{}}
	key, tag := strings.CutPrefix(f.Name, "tag:")
	switch {
	case utf8.RuneCountInString(f.Name) > longestValue:
		return c, ingot.Errorf(filterLimit, "The maximum length for a filter name is %d characters", longestValue)
	case tag:
		c.values = func(i api.Image) []string { return tagValues(i, key) }
	case c.values == nil:
		return c, ingot.Errorf(invalidParameter, "The filter '%s' is invalid", f.Name)
	}
	if len(f.Values) > mostValues {
		return c, ingot.Errorf(filterLimit, "The maximum number of filter values specified on a single call is %d", mostValues)
	}
	for _, v := range f.Values {
		switch {
		case utf8.RuneCountInString(v) > longestValue:
			return c, ingot.Errorf(filterLimit, "The maximum length for a filter value is %d characters", longestValue)
		case wild(v):
			c.patterns = append(c.patterns, compile(v))
		default:
			c.exact[v] = true
		}
	}
	return c, nil
}

func tagValues(i api.Image, key string) (values []string) {
	for _, t := range i.Tags {
		if t.Key == key {
			values = append(values, t.Value)
		}
	}
	return values
}

// matches reports whether an image passes all filters.
func matches(i api.Image, all []criterion) bool {
	for _, c := range all {
		if !slices.ContainsFunc(c.values(i), c.wants) {
			return false
		}
	}
	return true
}

func (c criterion) wants(value string) bool {
	return c.exact[value] || slices.ContainsFunc(c.patterns, func(p *pattern) bool { return p.match(value) })
}
