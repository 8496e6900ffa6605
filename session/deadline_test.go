package session

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type ctxKey string

func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		request, cancel := context.WithTimeout(context.WithValue(t.Context(), ctxKey("user"), "ann"), time.Minute)
		d := newDeadline(request, 2*time.Second)
		start := time.Now()
		if v := d.Value(ctxKey("user")); v != "ann" {
			t.Errorf("value %v before it is armed", v)
		}
		cancel()
		if d.Err() != nil {
			t.Errorf("it ends with the request: %v", d.Err())
		}
		if at, ok := d.Deadline(); !ok || !at.Equal(start.Add(2*time.Second)) {
			t.Errorf("it ends at %v, %v", at, ok)
		}
		if v := d.Value(ctxKey("user")); v != "ann" {
			t.Errorf("value %v after it was armed", v)
		}
		if v := d.Value(ctxKey("other")); v != nil {
			t.Errorf("value %v of another key", v)
		}
		if d.Err() != nil {
			t.Errorf("it ends with the request: %v", d.Err())
		}
		<-d.Done()
		if since := time.Since(start); since != 2*time.Second {
			t.Errorf("it ended after %v", since)
		}
		if !errors.Is(d.Err(), context.DeadlineExceeded) || !errors.Is(context.Cause(d), context.DeadlineExceeded) {
			t.Errorf("it ended with %v, %v", d.Err(), context.Cause(d))
		}
		d.release()
	})
}

// A context that is released ends, whether somebody had asked about it before
// or does so afterwards.
func TestDeadlineRelease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, before := range []bool{false, true} {
			d := newDeadline(t.Context(), time.Hour)
			if before {
				d.Done()
			}
			d.release()
			d.release()
			select {
			case <-d.Done():
			default:
				t.Errorf("asked before: %v: it has not ended", before)
			}
			if !errors.Is(d.Err(), context.Canceled) {
				t.Errorf("asked before: %v: %v", before, d.Err())
			}
		}
		if time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) != 0 {
			t.Error("it waited")
		}
	})
}

// Nothing is armed unless somebody asks when it ends: no timer, no goroutine,
// and with the context in place no allocation.
func TestDeadlineIsLazy(t *testing.T) {
	d := newDeadline(t.Context(), time.Hour)
	defer d.release()
	ask := func() {
		if d.Err() != nil {
			t.Error(d.Err())
		}
	}
	if n := testing.AllocsPerRun(100, ask); n != 0 {
		t.Errorf("%v allocations", n)
	}
	d.Value(ctxKey("user"))
	if d.armed.Load() != nil {
		t.Error("it was armed")
	}
}

// Package context takes it for one of its own: a child costs no goroutine.
func TestDeadlineChildren(t *testing.T) { // not parallel: it counts goroutines
	d := newDeadline(t.Context(), time.Hour)
	before := runtime.NumGoroutine()
	var children []context.Context
	for range 100 {
		child, cancel := context.WithCancel(d)
		defer cancel()
		child, cancel = context.WithTimeout(child, time.Minute)
		defer cancel()
		children = append(children, child)
	}
	if after := runtime.NumGoroutine(); after > before+50 { // others may come and go
		t.Errorf("%d goroutines more", after-before)
	}
	d.release()
	for _, child := range children {
		if !errors.Is(child.Err(), context.Canceled) {
			t.Fatalf("a child has not ended: %v", child.Err())
		}
	}
}

func TestDeadlineConcurrently(t *testing.T) {
	t.Parallel()
	for range 20 {
		d := newDeadline(t.Context(), time.Hour)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { <-d.Done() })
			wg.Go(func() { d.Value(ctxKey("user")) })
			wg.Go(func() { _ = d.Err() })
			wg.Go(func() { d.Deadline() })
		}
		wg.Go(d.release)
		wg.Wait()
	}
}
