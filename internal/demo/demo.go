// Package demo shows the main job of Ingot as any client of the service would do
// it: through the official SDK, one call after the other, each printed as the aws
// command that does the same.
//
// It makes three components, a recipe, an infrastructure and a distribution
// configuration and a pipeline, runs the pipeline and summarizes the result; then
// it changes one line of the last component and runs it again, to show what was
// taken from the cache. Run a second time, it makes new versions in the same
// pipeline.
package demo

import (
	"context"
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"ingot/internal/imagelog"
)

//go:embed components/*.yaml
var components embed.FS

// Config configures the demo.
type Config struct {
	Endpoint, Region     string
	AccessKey, SecretKey string
	Logs                 *imagelog.Logs
	Out                  io.Writer
	Live                 bool   // Out is a terminal that can be redrawn
	Width                int    // of the terminal
	Program              string // this program's name in commands
	Data                 string // the option for the data directory in commands: " --data DIR", or nothing
	// Disk returns the file of a machine image on this host.
	Disk func(ctx context.Context, region, ami string) (Disk, error)
}

// Disk is the file behind a machine image.
type Disk struct {
	File   string `json:"file"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// demo is one run.
type demo struct {
	Config
	builder *imagebuilder.Client
	account string
}

// Run runs the whole job and returns the summaries of both builds.
func Run(ctx context.Context, c Config) ([]Summary, error) {
	session := aws.Config{
		Region: c.Region, BaseEndpoint: aws.String(c.Endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, ""),
	}
	d := &demo{Config: c, builder: imagebuilder.NewFromConfig(session)}
	who, err := sts.NewFromConfig(session).GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("asking %s who we are: %w", c.Endpoint, err)
	}
	d.account = aws.ToString(who.Account)
	return d.run(ctx, session)
}

func (d *demo) run(ctx context.Context, session aws.Config) ([]Summary, error) {
	d.headline("What is to be built")
	j, err := d.prepare(ctx)
	if err != nil {
		return nil, err
	}
	var all []Summary
	for _, part := range []struct {
		title  string
		change func(context.Context, *job) error
	}{
		{"A build, a test by boot, two regions", d.first},
		{"The same with one line of the last component changed", d.oneLine},
	} {
		d.headline(part.title)
		if err := part.change(ctx, j); err != nil {
			return all, err
		}
		s, err := d.build(ctx, session, j)
		if err != nil {
			return all, err
		}
		d.show(s)
		all = append(all, s)
	}
	return all, nil
}

func (d *demo) headline(text string) {
	fmt.Fprintf(d.Out, "\n%s\n%s\n", text, strings.Repeat("─", len([]rune(text))))
}

func (d *demo) printf(format string, args ...any) { fmt.Fprintf(d.Out, format, args...) }
