package auth

import (
	"container/list"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ThrottledError is how a try is refused, unlooked at, that came too soon
// after others that had failed. It matches [ErrThrottled] with errors.Is. It
// does not tell whether the account exists. Answer 429 with
//
//	w.Header().Set("Retry-After", strconv.Itoa(int(t.RetryAfter.Seconds())))
type ThrottledError struct {
	// RetryAfter is how long to wait, rounded up to whole seconds.
	RetryAfter time.Duration
}

// Error implements error.
func (e *ThrottledError) Error() string { return ErrThrottled.Error() }

// Is reports whether target is [ErrThrottled].
func (e *ThrottledError) Is(target error) bool { return target == ErrThrottled }

// maxStates bounds how many accounts, addresses, or other things of one kind
// are remembered. At the default rates each takes a few hundred bytes.
const maxStates = 1 << 16

// throttle counts failures. Its state is small and everything done to it is
// quick, so one lock is enough.
type throttle struct {
	secret [32]byte // keys the keys: nobody can make them collide

	mu        sync.Mutex
	accounts  *counter
	addresses *counter
	proven    *counter // accounts as known browsers and sessions see them
	registers *counter // registrations, by address
}

// newThrottle returns a throttle for as many as parallel tries at a time.
func newThrottle(o Options, parallel int) *throttle {
	t := &throttle{
		accounts:  newCounter(o.LoginRate, maxStates),
		addresses: newCounter(o.AddressRate, maxStates),
		proven:    newCounter(o.LoginRate, maxStates),
		registers: newCounter(o.RegisterRate, maxStates),
	}
	// Behind one address there may be many people, and all at once at nine
	// o'clock. That they try is no reason to refuse any, only that they fail.
	t.addresses.parallel = max(t.addresses.rate.Free, parallel)
	t.registers.parallel = t.addresses.parallel
	_, _ = rand.Read(t.secret[:]) // never fails
	return t
}

// stateKey names what is counted. Names are not kept, however long they are.
type stateKey [16]byte

// key returns the key of what the parts say.
func (t *throttle) key(parts ...string) (k stateKey) {
	h := sha256.New()
	h.Write(t.secret[:])
	for _, part := range parts {
		writePart(h, part)
	}
	copy(k[:], h.Sum(nil))
	return k
}

// account returns the key of an account, or of a name that nobody has. Names
// with the same key may lead to several accounts where another program makes
// them, too, and a success at one must not forget the failures at another.
func (t *throttle) account(nameKey string, account Account) stateKey {
	if account.ID == "" {
		return t.key("name", nameKey)
	}
	return t.key("account", account.ID)
}

// writePart writes a part so that no two lists of parts look the same.
func writePart(h hash.Hash, part string) {
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(part)))
	h.Write(size[:])
	h.Write([]byte(part))
}

// try is something that may fail, between its beginning and its end.
type try struct {
	t       *throttle
	account stateKey
	places  []place
	ended   bool
}

// place is where a try counts.
type place struct {
	in *counter
	at stateKey
}

// outcome is how a try ended.
type outcome uint8

const (
	void outcome = iota // it told nobody anything
	failed
	succeeded
)

// begin admits a try, or refuses it with a *ThrottledError. A try counts from
// here on, so that of many at once no more are admitted than one after the
// other; it must end. One that is refused does not count.
func (t *throttle) begin(account stateKey, places ...place) (*try, error) {
	places = slices.DeleteFunc(places, func(p place) bool { return p.in.rate.unlimited() })
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	var wait time.Duration
	for _, p := range places {
		p.in.sweep(now)
		wait = max(wait, p.in.wait(p.at, now))
	}
	if wait > 0 {
		return nil, &ThrottledError{RetryAfter: (wait + time.Second - 1).Truncate(time.Second)}
	}
	for _, p := range places {
		p.in.begin(p.at, now)
	}
	return &try{t: t, account: account, places: places}, nil
}

// end ends a try. Only the first call counts.
func (y *try) end(o outcome) {
	y.t.mu.Lock()
	defer y.t.mu.Unlock()
	if y.ended {
		return
	}
	y.ended = true
	now := time.Now()
	for _, p := range y.places {
		p.in.end(p.at, now, y.account, o)
	}
}

// counter counts the failures of one kind of thing. The caller holds the lock.
type counter struct {
	rate Rate
	most int // failures that are counted
	max  int // states that are kept, beside those with tries under way
	// parallel is how many tries there may be under way at a time before the
	// failures are too many.
	parallel int

	states map[stateKey]*state
	// ranks are the states without tries under way, by how many failures
	// they have; in each, first the one that has been there longest.
	ranks []list.List
}

// state is what is known of one thing.
type state struct {
	key      stateKey
	failures []stateKey // the accounts they were at, oldest first
	since    time.Time  // of the last failure, or of the last that was forgotten
	until    time.Time  // no further try before, for the failures
	held     time.Time  // nor before, for the tries under way might fail
	tries    int        // under way
	rank     int
	ranked   *list.Element // in that rank, nil while tries are under way
}

func newCounter(rate Rate, most int) *counter {
	c := &counter{rate: rate, max: most, states: make(map[stateKey]*state)}
	if rate.unlimited() {
		return c
	}
	c.parallel, c.most = rate.Free, rate.most()
	c.ranks = make([]list.List, c.most+1)
	return c
}

// wait returns how long the next try at k has to wait.
func (c *counter) wait(k stateKey, now time.Time) time.Duration {
	s := c.states[k]
	if s == nil {
		return 0
	}
	return max(s.until.Sub(now), s.held.Sub(now))
}

func (c *counter) begin(k stateKey, now time.Time) {
	s := c.states[k]
	if s == nil {
		s = &state{key: k}
		c.states[k] = s
	}
	c.unrank(s)
	c.forget(s, now)
	s.tries++
	if c.crowded(s) {
		s.held = now.Add(c.rate.wait(max(c.rate.Free, len(s.failures)+1)))
	}
}

// crowded reports whether there would be a wait if all tries under way failed.
func (c *counter) crowded(s *state) bool {
	if len(s.failures) < c.rate.Free {
		return len(s.failures)+s.tries >= c.parallel
	}
	return s.tries > 0
}

func (c *counter) end(k stateKey, now time.Time, account stateKey, o outcome) {
	s := c.states[k] // still there, for a try was under way
	s.tries--
	c.forget(s, now)
	switch o {
	case failed:
		c.fail(s, now, account)
	case succeeded:
		// Of what failed from an address only the failures at this account:
		// otherwise an attacker would clear it with an account of his own.
		s.failures = slices.DeleteFunc(s.failures, func(k stateKey) bool { return k == account })
		if len(s.failures) < c.rate.Free {
			s.until = time.Time{}
		}
	}
	if !c.crowded(s) {
		s.held = time.Time{}
	}
	if s.tries == 0 {
		c.put(s, now)
	}
}

func (c *counter) fail(s *state, now time.Time, account stateKey) {
	s.since = now
	if len(s.failures) == c.most {
		s.failures = slices.Delete(s.failures, 0, 1)
	}
	s.failures = append(s.failures, account)
	s.until = now.Add(c.rate.wait(len(s.failures)))
}

// forget forgets the failures that are due.
func (c *counter) forget(s *state, now time.Time) {
	if due := min(now.Sub(s.since)/c.rate.MaxWait, time.Duration(len(s.failures))); due > 0 {
		s.failures = slices.Delete(s.failures, 0, int(due))
		s.since = s.since.Add(due * c.rate.MaxWait)
	}
}

// put keeps a state as long as it says anything.
func (c *counter) put(s *state, now time.Time) {
	if len(s.failures) == 0 && !now.Before(s.until) {
		delete(c.states, s.key)
		return
	}
	if len(c.states) > c.max {
		c.evict()
	}
	s.rank = len(s.failures)
	s.ranked = c.ranks[s.rank].PushBack(s)
}

func (c *counter) unrank(s *state) {
	if s.ranked != nil {
		c.ranks[s.rank].Remove(s.ranked)
		s.ranked = nil
	}
}

// sweep looks at the two oldest states of each rank, which is how those are
// found in time that say nothing any more.
func (c *counter) sweep(now time.Time) {
	for i := range c.ranks {
		for range 2 {
			front := c.ranks[i].Front()
			if front == nil {
				break
			}
			s := front.Value.(*state)
			if c.forget(s, now); i > 0 && len(s.failures) == i {
				break
			}
			c.unrank(s)
			c.put(s, now)
		}
	}
}

// evict drops the state that matters least: of those with the fewest failures
// the one that has been there longest.
func (c *counter) evict() {
	for i := range c.ranks {
		if front := c.ranks[i].Front(); front != nil {
			s := front.Value.(*state)
			c.unrank(s)
			delete(c.states, s.key)
			return
		}
	}
}

// guessing returns where a try to log in to an account counts. A browser that
// is known has a place of its own, and so nobody else can make it wait; nor
// does it have any number of tries, for its cookie may have been stolen.
func (a *Authenticator) guessing(r *http.Request, nameKey string, account Account) []place {
	t := a.throttle
	if known, ok := a.browsers.known(a.browsers.tokens(r), account); ok {
		return []place{{t.proven, t.key("browser", account.ID, string(known.nonce()))}}
	}
	return append(a.fromAddress(r, t.addresses), place{t.accounts, t.account(nameKey, account)})
}

// guessingInside returns where a try counts of somebody who is logged in to the
// account already.
func (a *Authenticator) guessingInside(r *http.Request, account Account) place {
	t := a.throttle
	if known, ok := a.browsers.known(a.browsers.tokens(r), account); ok {
		return place{t.proven, t.key("browser", account.ID, string(known.nonce()))}
	}
	return place{t.proven, t.key("session", account.ID)}
}

// fromAddress returns the place of the client's address, if it has one.
func (a *Authenticator) fromAddress(r *http.Request, c *counter) []place {
	addr := a.proxies.client(r)
	if !addr.IsValid() {
		return nil
	}
	return []place{{c, a.throttle.key("address", network(addr))}}
}

// verdict returns how a try ended in which a password was compared.
func verdict(err error) outcome {
	switch {
	case err == nil:
		return succeeded
	case errors.Is(err, ErrCredentials):
		return failed
	}
	return void
}
