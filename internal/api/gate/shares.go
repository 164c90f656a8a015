package gate

import (
	"context"
	"sync"
)

// Shares bounds how many slots each account holds, so that one account leaves room
// for the others. It may be used by many goroutines.
type Shares struct {
	most int

	mu sync.Mutex
	of map[string]*share // by account; only of accounts that hold or wait
}

type share struct {
	slots chan struct{}
	users int // that hold or wait
}

// NewShares returns shares of the given number of slots for each account.
func NewShares(most int) *Shares {
	return &Shares{most: max(most, 1), of: map[string]*share{}}
}

// Acquire waits for a slot in the share of an account until ctx ends. The caller gives
// the slot back with the function that it returns. A ctx that has ended takes a free
// slot, and waits for none.
func (s *Shares) Acquire(ctx context.Context, account string) (giveBack func(), err error) {
	of := s.enter(account)
	select {
	case of.slots <- struct{}{}:
	default:
		select {
		case of.slots <- struct{}{}:
		case <-ctx.Done():
			s.leave(account, of)
			return nil, context.Cause(ctx)
		}
	}
	return sync.OnceFunc(func() {
		<-of.slots
		s.leave(account, of)
	}), nil
}

func (s *Shares) enter(account string) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.of[account]
	if of == nil {
		of = &share{slots: make(chan struct{}, s.most)}
		s.of[account] = of
	}
	of.users++
	return of
}

func (s *Shares) leave(account string, of *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of.users--; of.users == 0 {
		delete(s.of, account)
	}
}
