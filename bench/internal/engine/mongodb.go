package engine

import (
	"context"
	"errors"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

type mongoServer struct {
	*mongotest.Server
	db    *mongo.Database
	mu    sync.Mutex
	asked int64 // commands of this package
}

func startMongoDB(_ context.Context, o *owner, e *Engine) (server, error) {
	s := &mongoServer{Server: mongotest.StartDurable(o)}
	s.db = s.Client(o).Database(s.Database())
	e.Title, e.URL = "FerretDB 1.24.2", s.URL()
	e.Durability = "SQLite with synchronous = full, one command at a time"
	if s.PID() == 0 {
		e.Title, e.Durability = "MongoDB", "as the server is set"
	}
	return s, nil
}

func (s *mongoServer) pid() int { return s.PID() }

func (s *mongoServer) commands(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Answered() - s.asked, nil
}

func (s *mongoServer) written(context.Context) (int64, error) { return 0, errors.ErrUnsupported }

func (s *mongoServer) size(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	var stats struct{ TotalSize float64 }
	err := s.db.RunCommand(ctx, bson.D{{Key: "dbStats", Value: 1}}).Decode(&stats)
	return int64(stats.TotalSize), err
}
