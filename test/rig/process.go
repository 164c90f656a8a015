package rig

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Seconds returns the time from the call that made an image to the last line of its log,
// which is written when the image is AVAILABLE.
func (s *Server) Seconds(arn string) float64 {
	s.t.Helper()
	image := s.AWS("imagebuilder", "get-image", "--image-build-version-arn", arn)["image"].(map[string]any)
	last, _, _ := strings.Cut(s.Ingot("logs", arn, "-n", "1"), " ")
	return s.time(last).Sub(s.time(image["dateCreated"])).Seconds()
}

// Between returns the time in seconds between two answers of the API.
func (s *Server) Between(start, end any) float64 {
	s.t.Helper()
	return s.time(end).Sub(s.time(start)).Seconds()
}

func (s *Server) time(v any) time.Time {
	s.t.Helper()
	at, err := time.Parse(time.RFC3339, v.(string))
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// clockTicks is USER_HZ, which is 100 on every Linux.
const clockTicks = 100

// Process returns the resident memory of the server in bytes and the processor time
// that it has used.
func (s *Server) Process() (memory int64, cpu time.Duration) {
	s.t.Helper()
	dir := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	status, err := os.ReadFile(dir + "statm")
	if err != nil {
		s.t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(status))[1], 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		s.t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		ticks += n
	}
	return pages * int64(os.Getpagesize()), time.Duration(ticks) * time.Second / clockTicks
}
