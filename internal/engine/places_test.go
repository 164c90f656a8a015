package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/places"
	"ingot/internal/engine/step"
	"ingot/internal/imagelog"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

const otherAccount = "999988887777"

// held are machines whose components with "hold" in them report that and wait to be
// released.
type held struct {
	reached chan string // ARN of the component
	goOn    chan struct{}
}

func newHeld() *held { return &held{make(chan string, 100), make(chan struct{})} }

func (h *held) hooks() memory.Config {
	return memory.Config{Run: func(ctx context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		switch text := run.Documents[0].Data; {
		case strings.Contains(text, "fail"):
			return memory.Fail(run, 0, "as it was told")
		case strings.Contains(text, "hold") && run.Phases[0] == "build":
			h.reached <- run.Documents[0].ARN
			select {
			case <-h.goOn:
			case <-ctx.Done():
			}
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}}
}

// holds is a rig on which builds of r.hold wait to be released.
func holds(t *testing.T, limits places.Limits) (*rig, *held) {
	h := newHeld()
	return (&rig{t: t, dir: t.TempDir(), limits: limits, hooks: h.hooks()}).begin(), h
}

// one starts a build with one component, of its own steps.
func (r *rig) one(account, line string, o order) string {
	r.t.Helper()
	r.made++
	o.account = account
	o.tags = map[string]string{"ingot:cache": "off"}
	o.components = []string{r.component(account, fmt.Sprint(line, "-", r.made), "1.0.0", document(line))}
	return r.start(o)
}

var errFound = errors.New("found")

// line waits for a line of an image's log.
func (r *rig) line(arn, text string) {
	r.t.Helper()
	log, err := r.logs.Image(arn)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	err = log.Read(ctx, true, func(e imagelog.Entry) error {
		if strings.Contains(e.Text, text) {
			return errFound
		}
		return nil
	})
	if err != errFound {
		r.t.Fatalf("the log of %s has no line with %q: %v\n%s", arn, text, err, r.log(arn))
	}
}

// TestKeptMachinesHoldTheirPlaces until a person ends them; the build that needs one says
// what it waits for, once, whatever restarts meanwhile.
func TestKeptMachinesHoldTheirPlaces(t *testing.T) {
	r, _ := holds(t, places.Limits{MemoryMiB: 2 << 10})
	for range 2 {
		image := r.await(r.one(account, "fail", order{keep: true}))
		if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "is kept until 20") {
			t.Errorf("%+v", image.State)
		}
	}
	waits := r.one(account, "one", order{})
	r.line(waits, "waits for memory: it needs 1024 MiB, and 2048 of 2048 MiB are taken by 2 machines, 2 of them kept")
	r.close()
	r.open()
	kept := r.instances()[0]
	if kept.KeptSince == "" {
		t.Errorf("%+v", kept)
	}
	if err := r.engine.Build.Host.Terminate(t.Context(), kept.Account, kept.Region, kept.ID); err != nil {
		t.Fatal(err)
	}
	r.available(waits)
	if n := strings.Count(r.log(waits), "waits for"); n != 1 {
		t.Errorf("it is said %d times what it waits for:\n%s", n, r.log(waits))
	}
}

// clock is a clock that a test sets.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
	due   map[chan time.Time]time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	at := c.Now().Add(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.due == nil {
		c.due = map[chan time.Time]time.Time{}
	}
	ch := make(chan time.Time, 1)
	c.due[ch] = at
	return ch
}

// advance lets time pass.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
	for ch, at := range c.due {
		if now := time.Now().Add(c.ahead); !at.After(now) {
			ch <- now
			delete(c.due, ch)
		}
	}
}

// TestKeptMachinesEndByThemselves when their time is over, also when the server was
// restarted meanwhile, and their places go to builds that wait.
func TestKeptMachinesEndByThemselves(t *testing.T) {
	c := &clock{}
	r := (&rig{t: t, dir: t.TempDir(), limits: places.Limits{MemoryMiB: 1 << 10}, keeps: 3 * time.Hour, clock: c, hooks: newHeld().hooks()}).begin()
	failed := r.one(account, "fail", order{keep: true})
	r.await(failed)
	waits := r.one(account, "one", order{})
	r.line(waits, "waits for memory")
	r.close()
	c.advance(2 * time.Hour)
	r.open()
	if len(r.instances()) != 1 {
		t.Error("it was ended too early")
	}
	c.advance(time.Hour)
	r.available(waits)
	if left := r.instances(); len(left) > 0 {
		t.Errorf("instances are left: %+v", left)
	}
	if log := r.log(failed); !strings.Contains(log, "was kept for 3h0m0s (--keep-machines) and has been ended") {
		t.Errorf("the log does not say so:\n%s", log)
	}
	if s := r.image(failed).State; s.Status != "FAILED" {
		t.Errorf("%+v", s)
	}
}

// TestBuildThatCanNeverRun fails at once, though others are before it, with numbers and a
// remedy.
func TestBuildThatCanNeverRun(t *testing.T) {
	r, h := holds(t, places.Limits{Turns: 1})
	large := func(bytes int64) error {
		if bytes > 12<<30 {
			return fmt.Errorf("a disk of %d GiB is larger than 12 GiB", bytes>>30)
		}
		return nil
	}
	r.fits.Store(&large)
	r.one(account, "hold", order{})
	<-h.reached
	r.one(account, "before", order{})
	for _, c := range []struct {
		order order
		words []string
	}{
		{order{types: []string{"m5.4xlarge"}}, []string{"m5.4xlarge", "65536 MiB", "4096 MiB", "instanceTypes", "--memory-reserve"}},
		{order{types: []string{"nothing.like"}}, []string{"nothing.like", "t3.small"}},
		{order{gib: 100}, []string{"100 GiB", "12 GiB", "volumeSize"}},
	} {
		arn := r.one(account, "never", c.order)
		image := r.await(arn)
		for _, word := range c.words {
			if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, word) {
				t.Errorf("%+v does not say %q", image.State, word)
			}
		}
		if steps := r.steps(arn); steps[0].Status != "PENDING" {
			t.Errorf("its first step is %s", steps[0].Status)
		}
	}
	close(h.goOn)
}

// TestRoomForDisks lets a build wait while other builds write, and fails it when there
// are none.
func TestRoomForDisks(t *testing.T) {
	r, h := holds(t, places.Limits{})
	room := func() (int64, error) { return parentMiB << 20, nil }
	r.room.Store(&room)
	first := r.one(account, "hold", order{})
	<-h.reached
	second := r.one(account, "two", order{})
	r.line(second, "waits for room for disks")
	close(h.goOn)
	r.available(first)
	r.available(second)
	none := func() (int64, error) { return 1, nil }
	r.room.Store(&none)
	if image := r.await(r.one(account, "three", order{})); image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "too little space") {
		t.Errorf("%+v", image.State)
	}
}

// TestPlacesGoRoundTheAccounts: no account's builds have all places.
func TestPlacesGoRoundTheAccounts(t *testing.T) {
	r, h := holds(t, places.Limits{Turns: 1})
	r.one(account, "hold", order{})
	<-h.reached
	for range 3 {
		r.one(account, "hold", order{})
	}
	other := r.one(otherAccount, "hold", order{})
	h.goOn <- struct{}{}
	if got := <-h.reached; !strings.Contains(got, otherAccount) {
		t.Errorf("%s came before %s", got, other)
	}
	close(h.goOn)
	r.available(other)
}

// count counts the rows that a query finds.
func (r *rig) count(query string) (n int) {
	r.t.Helper()
	if err := r.store.DB().QueryRow(context.Background(), query).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// descriptors counts the files below a folder that this process has open.
func (r *rig) descriptors(folder string) (n int) {
	r.t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, filepath.Join(r.dir, folder)) {
			n++
		}
	}
	return n
}

// TestBuildThatWaitsIsARow and nothing else, also after a restart.
func TestBuildThatWaitsIsARow(t *testing.T) {
	const many = 100
	r, h := holds(t, places.Limits{Turns: 1})
	r.one(account, "hold", order{})
	<-h.reached
	begin := r.prepare(order{})
	before := runtime.NumGoroutine()
	var last string
	for range many {
		last = begin()
	}
	r.line(last, "waits for its turn")
	if grown := runtime.NumGoroutine() - before; grown > many/10 {
		t.Errorf("%d builds that wait have %d goroutines", many, grown)
	}
	if open := r.descriptors("logs"); open > 2 {
		t.Errorf("%d files of logs are open", open)
	}
	for range 2 {
		begun, waiting := r.count(`SELECT count(*) FROM workflow_status`), r.count(`SELECT count(*) FROM durable_waiting WHERE host = '`+hostID+`'`)
		if begun != 1 || waiting != many {
			t.Errorf("%d builds have begun and %d wait", begun, waiting)
		}
		r.close()
		r.open()
	}
}

// TestTurnIsHeldByAMachine and not by a build: a build that distributes does not stop
// others.
func TestTurnIsHeldByAMachine(t *testing.T) {
	r, _ := holds(t, places.Limits{Turns: 1})
	distributes, goOn := make(chan struct{}), make(chan struct{})
	arns := make(chan string, 1)
	var held atomic.Bool
	sync := func() error {
		arn := <-arns
		if arns <- arn; r.image(arn).State.Status == "DISTRIBUTING" && held.CompareAndSwap(false, true) {
			close(distributes)
			<-goOn
		}
		return nil
	}
	begin := r.prepare(order{regions: twoRegions})
	r.sync.Store(&sync)
	first := begin()
	arns <- first
	<-distributes
	r.available(r.one(account, "two", order{}))
	close(goOn)
	r.available(first)
}

// TestTestMachineWaits for the machine of another build. The time of its step begins when
// it has its place.
func TestTestMachineWaits(t *testing.T) {
	for _, end := range []string{"AVAILABLE", "CANCELLED"} {
		t.Run(end, func(t *testing.T) {
			actions := step.Actions()
			launch := actions["LaunchInstance"]
			launch.Default = time.Minute
			actions["LaunchInstance"] = launch
			h := newHeld()
			r := (&rig{t: t, dir: t.TempDir(), limits: places.Limits{Turns: 1}, actions: actions, hooks: h.hooks()}).begin()
			first := r.one(account, "hold", order{tests: true})
			<-h.reached
			r.one(otherAccount, "hold", order{})
			h.goOn <- struct{}{}
			<-h.reached // the other has the place
			r.line(first, "waits for its turn")
			if s := r.image(first).State; s.Status != "TESTING" {
				t.Errorf("%+v", s)
			}
			_, err := r.store.DB().Exec(t.Context(), `UPDATE step_executions SET started = '2020-01-01T00:00:00.000Z' WHERE status = 'RUNNING' AND name = 'LaunchTestInstance'`)
			if err != nil {
				t.Fatal(err)
			}
			if end == "CANCELLED" {
				r.cancel(first)
			} else {
				close(h.goOn)
			}
			if image := r.await(first); image.State.Status != end {
				t.Errorf("%+v", image.State)
			}
		})
	}
}

// TestHostWithLessThanBefore lets a build that has begun continue with what there is.
func TestHostWithLessThanBefore(t *testing.T) {
	r, h := holds(t, places.Limits{})
	arn := r.one(account, "hold", order{tests: true, types: []string{"t3.medium"}})
	<-h.reached
	r.close()
	r.largest = 2048
	r.open()
	close(h.goOn)
	r.available(arn)
	if log := r.log(arn); !strings.Contains(log, "t3.medium is larger than this host allows; the instance gets 2 vCPU, 2048 MiB") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

// TestMachinesOfOtherHostsAreLeftAlone, though their images have ended.
func TestMachinesOfOtherHostsAreLeftAlone(t *testing.T) {
	r := newRig(t, memory.Config{})
	arn := r.start(order{})
	r.available(arn)
	err := store.PutInstance(t.Context(), r.store.DB(), store.Instance{
		Account: account, Region: region, ID: "i-there", ImageARN: arn, Host: "h-there", Token: "m-there", Launch: "{}", Backend: "sandbox", Created: store.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.close()
	r.open()
	r.available(r.start(order{}))
	if all, err := store.Instances(t.Context(), r.store.DB(), "h-there"); err != nil || len(all) != 1 {
		t.Errorf("instances of the other host: %v, %v", all, err)
	}
}
