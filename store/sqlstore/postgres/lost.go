package postgres

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// lost reports whether err is that of a connection whose other end is gone.
func lost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
