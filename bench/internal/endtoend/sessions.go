package endtoend

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

// clients is how many requests create sessions at once.
const clients = 16

// create creates n sessions with an application and writes their cookies to a
// file, one a line.
func create(ctx context.Context, url, file string, n int) error {
	cookies, err := fill(ctx, url, n)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Join(cookies, "\n")+"\n"), 0o600)
}

// fill creates n sessions with an application and returns their cookies.
func fill(ctx context.Context, url string, n int) ([]string, error) {
	cookies := make([]string, n)
	err := each(n, func(c *http.Client, i int) error {
		response, err := get(ctx, c, url+"/"+app.Create.String(), "")
		if err != nil {
			return err
		}
		set := response.Cookies()
		if len(set) != 1 || set[0].Value == "" {
			return fmt.Errorf("a new session came with %d cookies", len(set))
		}
		cookies[i], _, _ = strings.Cut(response.Header.Get("Set-Cookie"), ";")
		return nil
	})
	return cookies, err
}

// each calls f for 0 to n-1, several at once, and returns the first error.
func each(n int, f func(c *http.Client, i int) error) error {
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	var (
		wg     sync.WaitGroup
		client = &http.Client{Transport: transport, Timeout: time.Minute}
		failed = make([]error, clients)
	)
	for c := range clients {
		wg.Go(func() {
			for i := c; i < n && failed[c] == nil; i += clients {
				failed[c] = f(client, i)
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// get sends a request and reads the answer, which is to be 200.
func get(ctx context.Context, c *http.Client, url, cookie string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if cookie != "" {
		request.Header.Set("Cookie", cookie)
	}
	response, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", url, response.Status, strings.TrimSpace(string(body)))
	}
	return response, nil
}
