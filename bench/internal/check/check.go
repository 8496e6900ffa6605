// Package check compares what requests cost with what they cost when it was
// recorded. It compares numbers of allocations, which are the same on every
// machine, and times as multiples of the floor's, which nearly are.
package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/inprocess"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
)

// Costs are what operations cost, by their names.
type Costs struct {
	// Allocations are numbers of allocations.
	Allocations map[string]float64 `json:"allocations"`
	// Ratios are times divided by those of the floor: that of reading and
	// writing for what does both, that of reading for the rest.
	Ratios map[string]float64 `json:"ratios,omitempty"`
}

// Loss is how much more than what was recorded is a failure.
const Loss = 0.2

// Read reads what was recorded. If nothing was, the costs are empty.
func Read(file string) (c Costs, err error) {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Write records costs.
func (c Costs) Write(file string) error {
	text, err := json.MarshalIndent(c, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// requests returns, for each operation, what sends a request and fails if the
// answer is wrong.
func requests(a *app.App, has func(app.Route) bool) (map[string]func(), error) {
	cookies, err := inprocess.Sessions(a, 1)
	if err != nil {
		return nil, err
	}
	all := make(map[string]func())
	for _, op := range inprocess.Operations {
		if !has(op.Route) {
			continue
		}
		c, cookie := a.Client(), ""
		if op.Cookie {
			cookie = cookies.At(0)
		}
		all[op.Name] = func() {
			if c.Send(op.Route, cookie); c.Status() != http.StatusOK {
				panic(fmt.Sprintf("%s: answer %d", op.Name, c.Status()))
			}
		}
	}
	return all, nil
}

func build(name string) (map[string]func(), error) {
	l, ok := app.Find(name)
	if !ok {
		return nil, fmt.Errorf("no library is called %q", name)
	}
	return requests(l.Build(app.Config{}), l.Has)
}

// Allocations measures numbers of allocations.
func Allocations() (map[string]float64, error) {
	ours, err := build(app.Ours)
	if err != nil {
		return nil, err
	}
	allocs := make(map[string]float64)
	for name, send := range ours {
		n, _ := measure.Allocations(2000, send)
		allocs[name] = math.Round(n)
	}
	return allocs, nil
}

// Ratios measures times as multiples of the floor's, each operation and its
// floor in turn, and takes the median of so many rounds.
func Ratios(rounds int, d time.Duration) (map[string]float64, error) {
	ours, err := build(app.Ours)
	if err != nil {
		return nil, err
	}
	floors, err := build(app.Floor)
	if err != nil {
		return nil, err
	}
	nanos := func(send func()) float64 {
		return measure.FullSpeed(1, d, func(int) func() { return send }).Nanos
	}
	ratios := make(map[string]float64)
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		floor := floors[name]
		if floor == nil {
			floor = floors[inprocess.Operations[0].Name]
		}
		var a, b []float64
		for range rounds {
			a = append(a, nanos(ours[name]))
			b = append(b, nanos(floor))
		}
		ratios[name] = math.Round(100*measure.Ratio(a, b).Median) / 100
	}
	return ratios, nil
}

// Compare returns what costs more than was recorded, beyond what is put up
// with, and what was not recorded or not measured, one line each.
func Compare(what string, recorded, measured map[string]float64) (losses []string) {
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		if _, ok := measured[name]; !ok {
			losses = append(losses, fmt.Sprintf("%s: %s: recorded, but not measured any more", what, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(measured)) {
		was, ok := recorded[name]
		is := measured[name]
		switch {
		case !ok:
			losses = append(losses, fmt.Sprintf("%s: %s: %v, and nothing is recorded to compare it with", what, name, is))
		case is > was*(1+Loss):
			losses = append(losses, fmt.Sprintf("%s: %s: %v, recorded %v", what, name, is, was))
		}
	}
	return losses
}
