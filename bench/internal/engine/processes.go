package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// process is what the system says of one.
type process struct {
	pid, parent int
	// own is its processor time, reaped that of children that have ended and
	// that it knows of, with theirs.
	own, reaped time.Duration
}

// tick is the unit of processor time in /proc, the same on all systems.
const tick = time.Second / 100

// parseProcess understands a line of /proc/<pid>/stat.
func parseProcess(line string) (process, error) {
	// "pid (name) state parent …", where a name may hold parentheses.
	number, _, _ := strings.Cut(line, " ")
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 15 {
		return process{}, fmt.Errorf("not a line of a process: %q", line)
	}
	numbers := make([]int, 0, 6)
	for _, text := range append([]string{number, fields[1]}, fields[11:15]...) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return process{}, fmt.Errorf("not a line of a process: %q", line)
		}
		numbers = append(numbers, n)
	}
	return process{
		pid: numbers[0], parent: numbers[1],
		own:    time.Duration(numbers[2]+numbers[3]) * tick,
		reaped: time.Duration(numbers[4]+numbers[5]) * tick,
	}, nil
}

func lookAt(pid int) (process, error) {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, err
	}
	return parseProcess(string(line))
}

// family returns a process and all that descend from it.
func family(root int) ([]process, error) {
	first, err := lookAt(root)
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]process{}
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		p, err := parseProcess(string(line))
		if err != nil {
			return nil, err
		}
		children[p.parent] = append(children[p.parent], p)
	}
	all := []process{first}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i].pid]...)
	}
	return all, nil
}

// ProcessorTime returns the processor time that a process has used, with all that it
// has started.
func ProcessorTime(pid int) (time.Duration, error) {
	used, err := familyTime(pid)
	if err != nil {
		return 0, fmt.Errorf("engine: processor time: %w", err)
	}
	return used, nil
}

// familyTime returns the processor time of a process and all that descend from it,
// those that have ended included.
func familyTime(root int) (time.Duration, error) {
	for range 100 {
		all, err := family(root)
		if err != nil {
			return 0, err
		}
		var sum time.Duration
		for _, p := range all {
			sum += p.own + p.reaped
		}
		// A child that has ended meanwhile would be missing, or count twice.
		again, err := family(root)
		if err != nil {
			return 0, err
		}
		if slices.EqualFunc(all, again, func(a, b process) bool { return a.pid == b.pid && a.reaped == b.reaped }) {
			return sum, nil
		}
	}
	return 0, errors.New("its processes end faster than they can be counted")
}
