package engine

import (
	"context"
	"strconv"
	"time"
)

// runAndWait runs a script and waits until enough replicas have confirmed what it
// has written. Both commands travel together, on a connection of their own. The
// replicas count only if the script has done something.
func (s *Store) runAndWait(ctx context.Context, sc script, key string, args ...string) (any, error) {
	timeout := s.options.WaitTimeout
	if deadline, ok := ctx.Deadline(); ok {
		// The answer has to come back in time, too, and the server looks at
		// those who wait ten times a second.
		timeout = min(timeout, time.Until(deadline)*9/10-100*time.Millisecond)
	}
	wait := Command{Args: []string{"WAIT", strconv.Itoa(s.options.WaitReplicas), decimal(max(1, timeout.Milliseconds()))}}
	c := sc.bySHA(key, args...)
	r := s.doAll(ctx, []Command{c, wait}, s.client.DoAlone)
	if unknownScript(r[0].Err) {
		r = s.doAll(ctx, []Command{sc.byText(c), wait}, s.client.DoAlone)
	}
	if r[0].Err != nil || r[0].Value != done {
		return r[0].Value, r[0].Err
	}
	if r[1].Err != nil {
		return nil, r[1].Err
	}
	if n, ok := r[1].Value.(int64); !ok || n < int64(s.options.WaitReplicas) {
		return nil, ErrNotReplicated
	}
	return done, nil
}
