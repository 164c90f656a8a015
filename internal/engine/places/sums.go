package places

import "fmt"

// Demand is what one machine takes of the host.
type Demand struct {
	CPUs      int   `json:"cpus"`
	MemoryMiB int   `json:"memoryMiB"`
	Disk      int64 `json:"disk"` // bytes that it is promised
}

// Limits are what all machines may take together.
type Limits struct {
	Turns     int // machines whose builds go on
	CPUs      int // virtual processors
	MemoryMiB int
}

// Never returns why a machine can never have its place, or nil.
func (l Limits) Never(d Demand) error {
	switch {
	case d.MemoryMiB > l.MemoryMiB:
		return fmt.Errorf("the instance needs %d MiB of memory, and all machines of this host may take %d MiB together; choose a smaller type in instanceTypes of the infrastructure configuration, or start the server with a smaller --memory-reserve", d.MemoryMiB, l.MemoryMiB)
	case d.CPUs > l.CPUs:
		return fmt.Errorf("the instance needs %d virtual processors, and all machines of this host may take %d together; choose a smaller type in instanceTypes of the infrastructure configuration, or start the server with a larger --cpu-overcommit", d.CPUs, l.CPUs)
	}
	return nil
}

// Holder is a machine that has a place.
type Holder struct {
	ID     string // of the instance
	Build  string // ARN of the image
	Demand        // Disk is what is left of its promise
	Works  bool   // its build runs: it has a turn
	Kept   bool   // for a person, after a failure
}

// Promise is how many bytes a machine is promised whose disk has so many: the allowance,
// or a sixteenth of a large disk, because users of large disks write more.
//
// A machine's disk is a sparse clone. Reserving all of its size would let one build with
// a large volume stop all others, and most write little; reserving nothing would promise
// the same room to all. Beyond its promise a machine writes into the reserve of the pool,
// which grows meanwhile if it can.
func Promise(size, allowance int64) int64 { return min(size, max(allowance, size/16)) }

// book holds what is taken of the host at one moment.
type book struct {
	limits  Limits
	room    int64 // bytes that may still be written into the pool
	holders map[string]Holder
	taken   Demand
	turns   int
	kept    int
}

func (b *book) add(h Holder) {
	b.holders[h.ID] = h
	b.taken.CPUs += h.CPUs
	b.taken.MemoryMiB += h.MemoryMiB
	b.taken.Disk += h.Disk
	if h.Works {
		b.turns++
	}
	if h.Kept {
		b.kept++
	}
}

// lack is what a claim waits for: a kind, and a sentence for the log.
type lack struct{ kind, text string }

// Kinds of what is lacking.
const (
	lackTurn   = "turn"
	lackMemory = "memory"
	lackCPUs   = "processors"
	lackRoom   = "room"
)

// lacks returns what is missing for a demand; its zero value means nothing.
func (b *book) lacks(d Demand) lack {
	switch {
	case b.turns >= b.limits.Turns:
		return lack{lackTurn, fmt.Sprintf("its turn: builds go on with %d machines, and no more may at the same time (--builds %d)", b.turns, b.limits.Turns)}
	case b.taken.MemoryMiB+d.MemoryMiB > b.limits.MemoryMiB:
		return lack{lackMemory, fmt.Sprintf("memory: it needs %d MiB, and %d of %d MiB are taken by %s", d.MemoryMiB, b.taken.MemoryMiB, b.limits.MemoryMiB, b.whose())}
	case b.taken.CPUs+d.CPUs > b.limits.CPUs:
		return lack{lackCPUs, fmt.Sprintf("processors: it needs %d, and %d of %d virtual ones are taken by %s", d.CPUs, b.taken.CPUs, b.limits.CPUs, b.whose())}
	case b.taken.Disk+d.Disk > b.room:
		return lack{lackRoom, fmt.Sprintf("room for disks: it is promised %s, and of %s that may still be written %s are promised to %s", gib(d.Disk), gib(b.room), gib(b.taken.Disk), b.whose())}
	}
	return lack{}
}

// whose describes the machines that hold places.
func (b *book) whose() string {
	text := fmt.Sprintf("%d machines", len(b.holders))
	if len(b.holders) == 1 {
		text = "a machine"
	}
	if b.kept > 0 {
		text += fmt.Sprintf(", %d of them kept after a failure (`ingot machine list` shows them, `ingot machine end` ends them)", b.kept)
	}
	return text
}

// withoutWorkers returns the book as it will be when all running builds have ended.
func (b *book) withoutWorkers() *book {
	rest := &book{limits: b.limits, room: b.room, holders: map[string]Holder{}}
	for _, h := range b.holders {
		if !h.Works {
			rest.add(h)
		}
	}
	return rest
}

// full returns the error for a demand that lacks room when no machine is left to wait
// for.
func (b *book) full(d Demand) error {
	return fmt.Errorf("too little space is left for images: a machine is promised %s, and %s may still be written; delete images and run `ingot prune`, or move the data directory to a larger disk", gib(d.Disk), gib(b.room))
}

func gib(bytes int64) string { return fmt.Sprintf("%.1f GiB", float64(max(0, bytes))/(1<<30)) }
