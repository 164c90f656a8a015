package qemu

import (
	"os"
	"testing"
)

// TestUsersAreNotShared takes the user of one machine twice.
func TestUsersAreNotShared(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("users for machines need root")
	}
	first, held, err := takeUser("a machine of a test")
	if err != nil {
		t.Fatal(err)
	}
	second, other, err := takeUser("a machine of a test")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if first == second || first < firstUser || second < firstUser || second >= firstUser+users {
		t.Errorf("two machines have the users %d and %d", first, second)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	again, third, err := takeUser("a machine of a test")
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if again != first {
		t.Errorf("the user %d was not given back: %d", first, again)
	}
}
