package ec2

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	api "ingot/api/ec2"
)

// filters give the values that an image has for each filter; tag:KEY is apart.
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

// matches reports whether an image passes all filters; the values of one are
// alternatives.
func matches(i api.Image, all []api.Filter) bool {
	for _, f := range all {
		if !matchesOne(i, f) {
			return false
		}
	}
	return true
}

func matchesOne(i api.Image, f api.Filter) bool {
	var has []string
	if key, tag := strings.CutPrefix(f.Name, "tag:"); tag {
		for _, t := range i.Tags {
			if t.Key == key {
				has = append(has, t.Value)
			}
		}
	} else {
		has = filters[f.Name](i)
	}
	return slices.ContainsFunc(f.Values, func(want string) bool {
		pattern := wildcards(want)
		return slices.ContainsFunc(has, pattern.MatchString)
	})
}

// wildcards makes EC2's patterns: * for any text, ? for one character, and a
// backslash before one that is meant as it is.
func wildcards(want string) *regexp.Regexp {
	var b strings.Builder
	escaped := false
	for _, c := range want {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(c)))
			escaped = false
		case c == '\\':
			escaped = true
		case c == '*':
			b.WriteString(".*")
		case c == '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regexp.MustCompile(`(?s)^` + b.String() + `$`)
}
