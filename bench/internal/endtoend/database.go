package endtoend

import "context"

// database is the engine that a field uses, or none.
type database struct {
	url string
}

// counters are those of an application and its engine at an instant.
type counters struct {
	// application and server are seconds of processors' time.
	application, server float64
	// commands is how many the engine has done.
	commands float64
}

func (d database) look(_ context.Context, p *process) (c counters, err error) {
	c.application, err = p.usage()
	return c, err
}
