package engine_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ingot"
	"ingot/internal/agent/protocol"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

// killedDir is the folder that a process of this test continues in as the server that is
// killed.
const killedDir = "INGOT_ENGINE_TEST_DIR"

// killSeed repeats the moments of an earlier run.
const killSeed = "INGOT_ENGINE_TEST_SEED"

// kills is how often a server is killed while a build runs, and tries is how often it is
// killed at most. Other builds follow those that end before.
const (
	kills = 8
	tries = 4 * kills
)

// working are machines whose components take a moment, so that kills meet them. They
// die with the process that is killed, as on a host that loses power.
func working() memory.Config {
	return memory.Config{Run: func(ctx context.Context, _ *memory.Machine, run protocol.Run, emit func(protocol.Event)) protocol.Result {
		emit(protocol.Event{Kind: protocol.KindLog, Text: "working"})
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}}
}

// TestKilledAtAnyMoment kills servers at random moments of builds. The next ones end
// them: one image each, two machine images, nothing left over.
func TestKilledAtAnyMoment(t *testing.T) {
	if dir := os.Getenv(killedDir); dir != "" {
		serveUntilKilled(t, dir)
	}
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv(killSeed), fmt.Sprint(time.Now().UnixNano())), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s=%d", killSeed, seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	r := newRig(t, working())
	var three []string
	for _, name := range []string{"one", "two", "three"} {
		three = append(three, r.component(account, name, "1.0.0", document("echo "+name)))
	}
	o := order{components: three, tests: true, regions: plainRegions, tags: map[string]string{"ingot:cache": "off"}}
	all := []string{r.start(o)}
	r.close()
	met, dead := map[string]int{}, 0
	for range tries {
		if dead -= met["AVAILABLE"]; dead == kills {
			break
		}
		if met["AVAILABLE"] > 0 { // the last one met nothing
			delete(met, "AVAILABLE")
			all = append(all, r.another(o))
		}
		r.killOne(time.Duration(moments.Int64N(int64(400*time.Millisecond))), all[len(all)-1], met)
		dead++
	}
	if t.Logf("killed when the images were %v", met); dead < kills {
		t.Errorf("only %d of %d kills met a build", dead, tries)
	}
	r.open()
	for _, arn := range all {
		if r.image(arn).State.Status != "AVAILABLE" {
			r.available(arn)
		}
	}
	for _, arn := range all {
		r.whole(arn)
	}
}

// another enqueues a build while no server runs.
func (r *rig) another(o order) string {
	r.t.Helper()
	r.idle = true
	r.open()
	arn := r.start(o)
	r.close()
	r.idle = false
	return arn
}

// serveUntilKilled runs the engine on a folder and prints when it is ready.
func serveUntilKilled(t *testing.T, dir string) {
	r := &rig{t: t, dir: dir, hooks: working()}
	r.open()
	fmt.Println("up")
	select {}
}

// killOne starts a server and kills it that long after it is up.
func (r *rig) killOne(after time.Duration, arn string, met map[string]int) {
	r.t.Helper()
	server := exec.Command(os.Args[0], "-test.run=^TestKilledAtAnyMoment$")
	server.Env = append(os.Environ(), killedDir+"="+r.dir)
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	lines, up := bufio.NewScanner(out), false
	for !up && lines.Scan() {
		up = lines.Text() == "up"
	}
	<-time.After(after) // the test needs this moment
	if err := server.Process.Kill(); err != nil {
		r.t.Fatal(err)
	}
	if err := server.Wait(); !up || server.ProcessState.ExitCode() != -1 {
		r.t.Fatalf("the server ended by itself: %v\n%s", err, lines.Text())
	}
	r.peek(func(s *store.Store) {
		image, err := store.ImageByARN(context.Background(), s.DB(), arn)
		if err != nil {
			r.t.Fatal(err)
		}
		met[image.State.Status]++
		r.consistent(s, arn, image.State.Status)
	})
}

// peek opens the store of a server that was killed.
func (r *rig) peek(look func(*store.Store)) {
	r.t.Helper()
	s := r.openStore()
	look(s)
	if err := s.Close(); err != nil {
		r.t.Error(err)
	}
}

// consistent checks that machine images appear all at once, and with the image.
func (r *rig) consistent(s *store.Store, arn, status string) {
	r.t.Helper()
	amis, err := store.AMIsOfImage(context.Background(), s.DB(), account, region, arn)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, a := range amis {
		if a.Staged == (status == "AVAILABLE") {
			r.t.Errorf("the image is %s and its machine image %s in %s is staged: %v", status, a.ID, a.Region, a.Staged)
		}
	}
	if status == "AVAILABLE" && len(amis) != 2 {
		r.t.Errorf("there are %d machine images", len(amis))
	}
}

// whole checks what a build that ended well leaves.
func (r *rig) whole(arn string) {
	r.t.Helper()
	r.consistent(r.store, arn, r.image(arn).State.Status)
	a, err := ingot.ParseARN(arn)
	if err != nil {
		r.t.Fatal(err)
	}
	images, err := store.ImagesNamed(context.Background(), r.store.DB(), account, region, a.Slug)
	if err != nil || len(images) != 1 || len(images[0].OutputResources.Amis) != 2 {
		r.t.Fatalf("images %+v, %v", images, err)
	}
	for _, a := range images[0].OutputResources.Amis {
		row, err := store.AMIByID(context.Background(), r.store.DB(), a.Region, a.Image)
		if err == nil {
			_, err = r.regions().Path(a.Region, row.Digest)
		}
		if err != nil {
			r.t.Errorf("%s in %s: %v", a.Image, a.Region, err)
		}
	}
	if left := r.instances(); len(left) > 0 {
		r.t.Errorf("instances are left: %v", left)
	}
	if tokens, err := r.backend.Tokens(context.Background()); err != nil || len(tokens) > 0 {
		r.t.Errorf("machines are left: %v, %v", tokens, err)
	}
	for _, pattern := range []string{"nodes/*.raw.*", "regions/*/*.part"} {
		if files, err := filepath.Glob(filepath.Join(r.dir, pattern)); err != nil || len(files) > 0 {
			r.t.Errorf("files are left: %s, %v", strings.Join(files, " "), err)
		}
	}
	checkSteps(r.t.(*testing.T), r, arn)
}
