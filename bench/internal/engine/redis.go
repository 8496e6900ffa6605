package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

type redisServer struct {
	*redistest.Server
	empty int64 // bytes of memory at the start

	mu   sync.Mutex
	sent int64 // commands of this package
}

func startRedis(_ context.Context, o *owner, e *Engine) (server, error) {
	s := &redisServer{Server: redistest.Start(o)}
	for _, setting := range [][2]string{
		{"appendfsync", "everysec"},
		// Else the size of the file would not say how much was appended to it.
		{"auto-aof-rewrite-percentage", "0"},
		{"appendonly", "yes"},
	} {
		s.Do("CONFIG", "SET", setting[0], setting[1])
	}
	s.WaitFor("the append-only file is in use", func() bool {
		return s.Info("persistence", "aof_enabled") == "1" && s.Info("persistence", "aof_rewrite_in_progress") == "0" &&
			s.Info("persistence", "aof_rewrite_scheduled") == "0"
	})
	e.Title, e.URL = "Redis "+s.Info("server", "redis_version"), s.URL(0)
	e.Durability = "append-only file, appendfsync everysec"
	info, err := s.info()
	if err != nil {
		return nil, err
	}
	// INFO does not count itself.
	s.sent, s.empty = info["total_commands_processed"]+1, info["used_memory"]
	return s, nil
}

func (s *redisServer) pid() int { return s.PID() }

// redisInfo are the whole numbers of INFO.
type redisInfo map[string]int64

func (s *redisServer) info() (redisInfo, error) {
	text, err := s.TryDo("INFO")
	if err != nil {
		return nil, err
	}
	info := redisInfo{}
	for line := range strings.Lines(text.(string)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			info[name] = n
		}
	}
	for _, name := range []string{"total_commands_processed", "used_memory"} {
		if _, ok := info[name]; !ok {
			return nil, fmt.Errorf("INFO has no %s", name)
		}
	}
	return info, nil
}

// ask is info, noted as a command of this package.
func (s *redisServer) ask() (info redisInfo, sent int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent = s.sent
	s.sent++
	info, err = s.info()
	return info, sent, err
}

func (s *redisServer) commands(context.Context) (int64, error) {
	info, sent, err := s.ask()
	return info["total_commands_processed"] - sent, err
}

func (s *redisServer) written(context.Context) (int64, error) {
	info, _, err := s.ask()
	if err != nil {
		return 0, err
	}
	size, ok := info["aof_current_size"]
	if !ok {
		return 0, errors.New("INFO has no aof_current_size")
	}
	// What is on its way counts, or one would have to wait for it to arrive.
	return size + info["aof_buffer_length"], nil
}

func (s *redisServer) size(context.Context) (int64, error) {
	info, _, err := s.ask()
	return info["used_memory"] - s.empty, err
}
