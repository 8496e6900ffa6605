package fleet

import (
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// Config is what is simulated.
type Config struct {
	// Sessions is how many there are when the day begins.
	Sessions float64
	// Policy is that of the session manager.
	Policy Policy
	// Behaviour is that of the people.
	Behaviour Behaviour
	// Servers are those of the store.
	Servers Servers
	// Failure is that of one server.
	Failure Failure
	// Incident has many users revoked.
	Incident Incident
	// Sample is how many browsers are simulated. Each stands for as many as
	// it takes to come to Sessions.
	Sample int
	// Detail is how many operations of a server are sent through its queues,
	// one by one and at the rate at which they come, in each half minute. What
	// is left of it is passed over, see lane.pass.
	Detail int
	// Seed decides what people do.
	Seed uint64
}

// Behaviour is what people do. Each has two browsers that know nothing of each
// other's sessions.
type Behaviour struct {
	// Visitors are the kinds of browsers there are.
	Visitors []Visitors
	// Pages is how many pages a visit has, on average, and Think how long each
	// is looked at.
	Pages float64
	Think time.Duration
	// Requests is how many requests of a page use the session, on average, and
	// Changing the share of them that change it.
	Requests float64
	Changing float64
	// Logout is the share of visits that end with a logout, and
	// LogoutEverywhere with one of all sessions that the user has.
	Logout           float64
	LogoutEverywhere float64
	// Peak is a time of day when more visits begin than usual.
	Peak Peak
}

// Visitors are browsers that come equally often.
type Visitors struct {
	// Share is how many of all they are.
	Share float64
	// PerDay is how many visits each makes, on average.
	PerDay float64
}

// Peak is a time of day when Factor times as many visits begin.
type Peak struct {
	// At is when it begins, after midnight, and For how long it lasts.
	At, For time.Duration
	// Factor is how many times as many visits begin.
	Factor float64
}

// Servers are those of the store, and what is between them and the program.
type Servers struct {
	// Engine is what operations cost there. Nil simulates no servers, only what
	// is asked of them.
	Engine *costs.Engine
	// Shards is how many servers share the sessions.
	Shards int
	// Replicas is how many follow each of them.
	Replicas int
	// Cores is how many processors of a server work on operations; for Redis
	// that is one whatever the server has.
	Cores int
	// Processes is how many processes of the program there are.
	Processes int
	// RoundTrip is how long a message and its answer are on the way.
	RoundTrip time.Duration
	// Flush is how long a write waits for the disk.
	Flush time.Duration
	// Confirm is how long a logout or a revocation waits for a replica, as
	// with redisstore's WaitReplicas. It is not undone by a failover then. 0
	// does not wait.
	Confirm time.Duration
	// Timeout is the session manager's StoreTimeout.
	Timeout time.Duration
	// Lag is how far replicas are behind, on average.
	Lag time.Duration
	// ReadReplicas has reads go to replicas, which Sojourn never does: it
	// shows why.
	ReadReplicas bool
	// Cache is how long a process reads a session that it has read without
	// asking again, if nobody has changed it (redisstore.Cache). 0 is never.
	Cache time.Duration
}

// Failure is that of the primary of the first shard, or of the process where
// the engine is within it.
type Failure struct {
	// At is when it happens, after midnight.
	At time.Duration
	// For is how long it takes until another one is the primary. 0 is no
	// failure.
	For time.Duration
}

// Incident has many users revoked, as when their passwords have leaked.
type Incident struct {
	// At is when it begins, after midnight, and For how long it takes to go
	// through all of them.
	At, For time.Duration
	// Share is the share of users that are concerned.
	Share float64
}

// Default returns a day of that many sessions with an engine, nothing planned
// yet.
func Default(sessions float64, engine *costs.Engine) Config {
	c := Config{
		Sessions: sessions,
		Policy:   Policy{AbsoluteTimeout: 30 * day},
		Behaviour: Behaviour{
			Visitors: []Visitors{{0.2, 6}, {0.5, 1.5}, {0.3, 0.3}},
			Pages:    8, Think: 40 * time.Second, Requests: 3, Changing: 0.05,
			Logout: 0.1, LogoutEverywhere: 0.003,
			Peak: Peak{At: 20 * time.Hour, For: 30 * time.Minute, Factor: 2},
		},
		Servers:  Servers{Engine: engine, Shards: 1, Cores: 8, Processes: 1, Timeout: 2 * time.Second},
		Failure:  Failure{At: 15 * time.Hour, For: 30 * time.Second},
		Incident: Incident{At: 11 * time.Hour, For: 10 * time.Minute, Share: 0.01},
		Sample:   200_000,
		Detail:   1000,
		Seed:     1,
	}
	if engine == nil {
		return c
	}
	s := &c.Servers
	if !engine.Embedded() {
		s.RoundTrip, s.Replicas, s.Lag, s.Processes = 200*time.Microsecond, 1, 100*time.Millisecond, 8
	}
	s.Cores = engine.Usable(s.Cores)
	if !engine.Embedded() && !engine.InMemory() {
		s.Flush = time.Millisecond
	}
	return c
}

// validate reports what cannot be simulated.
func (c *Config) validate() error {
	share := 0.0
	for _, v := range c.Behaviour.Visitors {
		if v.PerDay <= 0 || v.Share < 0 {
			return errors.New("visitors who never come")
		}
		share += v.Share
	}
	s := c.Servers
	switch {
	case share < 0.999 || share > 1.001:
		return fmt.Errorf("the shares of visitors come to %v", share)
	case c.Sessions < 1:
		return errors.New("no sessions")
	case c.Sample < 100:
		return errors.New("a sample of fewer than 100 browsers")
	case c.Detail < 1:
		return errors.New("no operations in detail")
	case c.Policy.IdleTimeout < 0 || c.Policy.AbsoluteTimeout < 0 || c.Policy.IdleTimeout > 14*day:
		return errors.New("a timeout that is negative, or longer than two weeks")
	case c.Policy.IdleTimeout > 0 && c.Policy.IdleTimeout < time.Minute:
		return errors.New("an idle timeout of less than a minute")
	case s.Engine != nil && (s.Shards < 1 || s.Cores < 1 || s.Processes < 1 || s.Replicas < 0):
		return errors.New("no servers")
	case s.Engine != nil && s.Engine.Embedded() && (s.Shards > 1 || s.Processes > 1 && s.Engine.Name == "memory"):
		return fmt.Errorf("%s has one process, or one machine, and no shards", s.Engine.Title)
	case s.ReadReplicas && s.Replicas == 0:
		return errors.New("reads from replicas, of which there are none")
	case c.Failure.At+c.Failure.For >= day || c.Incident.At+c.Incident.For >= day:
		return errors.New("an event that is not over when the day is")
	}
	return nil
}
