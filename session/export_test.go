package session

import "github.com/sojourn-dev/sojourn/internal/pieces"

// UsePieces has the manager read and save in pieces, as it does by itself if its
// store is a *memory.Store and nothing around one.
func (m *Manager) UsePieces(s pieces.Store) { m.pieces = s }
