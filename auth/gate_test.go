package auth

import (
	"context"
	"errors"
	"testing"
)

func TestGate(t *testing.T) {
	t.Parallel()
	g := newGate(1, 1)
	if err := g.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	for range 3 { // who gives up waiting leaves the place to others
		if err := g.enter(impatient); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	entered := make(chan error)
	go func() { entered <- g.enter(t.Context()) }()
	for len(g.admitted) < 2 {
		select {
		case err := <-entered:
			t.Fatalf("two inside (%v)", err)
		default:
		}
	}
	if err := g.enter(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("one inside, one waiting, a third: %v", err)
	}
	g.leave()
	if err := <-entered; err != nil {
		t.Fatal(err)
	}
	g.leave()
	if len(g.admitted) != 0 || len(g.inside) != 0 {
		t.Error("somebody is left inside")
	}
}

// Ensure that no password fits the dummy hash and that it costs what it should.
func TestDummyHash(t *testing.T) {
	t.Parallel()
	h := newHasher(4, 1, 0)
	for _, password := range []string{"", "password"} {
		if _, err := h.compare(t.Context(), "", password); !errors.Is(err, ErrCredentials) {
			t.Errorf("%v", err)
		}
	}
}
