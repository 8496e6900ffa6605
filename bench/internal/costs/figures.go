package costs

import (
	"encoding/json"
	"fmt"
	"os"
)

// Figures are what was measured of all engines, by one run.
type Figures struct {
	// Stamp says where, when and of what versions.
	Stamp string `json:"stamp"`
	// Engines are those that were measured.
	Engines []Engine `json:"engines"`
}

// Engine is what sessions cost on one engine.
type Engine struct {
	// Name is the engine's, such as "redis".
	Name string `json:"name"`
	// Title is what people call it, Server what was measured, and Durability
	// when a write was safe there.
	Title      string `json:"title"`
	Server     string `json:"server"`
	Durability string `json:"durability"`
	// Sessions is how many there were.
	Sessions int `json:"sessions"`
	// Bytes is what a session takes: of memory where the engine keeps
	// sessions there, of the disk elsewhere. Noted is what it takes beyond
	// that if it is noted as a user's, each user having one.
	Bytes float64 `json:"bytes"`
	Noted float64 `json:"noted_bytes"`
	// Further is what each byte of data takes that a session has beyond those
	// of the ones that were measured.
	Further float64 `json:"bytes_for_a_further_byte"`
	// Operations are the costs of each.
	Operations map[Operation]Cost `json:"operations"`
}

// Cost is what one operation costs.
type Cost struct {
	// Commands are those that the server has counted.
	Commands float64 `json:"commands"`
	// ServerCPU is time of the server's processors, and ClientCPU of the
	// program's, in nanoseconds. Where the engine is within the program, all
	// of it is the program's.
	ServerCPU float64 `json:"server_cpu_ns"`
	ClientCPU float64 `json:"client_cpu_ns"`
	// Written are bytes of the engine's log: WAL, redo log or AOF.
	Written float64 `json:"written_bytes"`
	// Sent and Received are bytes that the program has exchanged with the
	// server.
	Sent     float64 `json:"sent_bytes"`
	Received float64 `json:"received_bytes"`
}

// CPU is the time that an operation takes of the processors which all share:
// the server's, or the program's where there is no server.
func (e *Engine) CPU(o Operation) float64 {
	if e.Embedded() {
		return e.Operations[o].ClientCPU
	}
	return e.Operations[o].ServerCPU
}

// Embedded reports whether the engine is within the program.
func (e *Engine) Embedded() bool { return e.Name == "memory" || e.Name == "sqlite" }

// InMemory reports whether the engine keeps sessions in memory, and not on a disk.
func (e *Engine) InMemory() bool { return e.Name == "memory" || e.Name == "redis" }

// Usable returns how many processors of a server the engine uses for
// operations, if the server has so many: Redis executes commands on one.
func (e *Engine) Usable(cores int) int {
	if e.Name == "redis" {
		return 1
	}
	return cores
}

// Engine returns the figures of an engine.
func (f *Figures) Engine(name string) (*Engine, error) {
	for i := range f.Engines {
		if f.Engines[i].Name == name {
			return &f.Engines[i], nil
		}
	}
	return nil, fmt.Errorf("no costs were measured of an engine called %q", name)
}

// Read reads figures from a file.
func Read(file string) (*Figures, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f := new(Figures)
	if err := json.Unmarshal(text, f); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, e := range f.Engines {
		for o := range Operations {
			if e.CPU(o) <= 0 {
				return nil, fmt.Errorf("%s: the costs of %s on %s are missing", file, o, e.Name)
			}
		}
	}
	return f, nil
}

// Write writes figures to a file.
func (f *Figures) Write(file string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
