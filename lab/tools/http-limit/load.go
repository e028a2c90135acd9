package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	warmUp   = time.Second      // not counted: connections, caches, branch predictors
	patience = 30 * time.Second // for one answer
)

// tally is what one connection saw.
type tally struct {
	times []time.Duration
	codes map[int]int
	err   error
}

type figures struct {
	Rate  float64     `json:"rate"` // answers a second
	P50   float64     `json:"p50_ms"`
	P99   float64     `json:"p99_ms"`
	Max   float64     `json:"max_ms"`
	Codes map[int]int `json:"codes"` // answers by HTTP status
}

func load(address, file, connections, seconds string) error {
	count, err := strconv.Atoi(connections)
	if err != nil || count < 1 {
		return fmt.Errorf("CONNECTIONS must be a number above 0")
	}
	length, err := strconv.ParseFloat(seconds, 64)
	if err != nil || length <= 0 {
		return fmt.Errorf("SECONDS must be a number above 0")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var requests [][]byte
	for _, path := range strings.Fields(string(text)) {
		head := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, address)
		requests = append(requests, []byte(head))
	}
	if len(requests) == 0 {
		return fmt.Errorf("PATHS is empty")
	}

	from := time.Now().Add(warmUp)
	until := from.Add(time.Duration(length * float64(time.Second)))
	tallies := make([]tally, count)
	var group sync.WaitGroup
	for index := range tallies {
		group.Go(func() { tallies[index] = ask(address, requests, index, from, until) })
	}
	group.Wait()

	var times []time.Duration
	codes := map[int]int{}
	for _, one := range tallies {
		if one.err != nil {
			return one.err
		}
		times = append(times, one.times...)
		for code, number := range one.codes {
			codes[code] += number
		}
	}
	if len(times) == 0 {
		return fmt.Errorf("no answer within the given time")
	}
	slices.Sort(times)
	return json.NewEncoder(os.Stdout).Encode(figures{
		Rate:  float64(len(times)) / length,
		P50:   milliseconds(times[len(times)/2]),
		P99:   milliseconds(times[len(times)*99/100]),
		Max:   milliseconds(times[len(times)-1]),
		Codes: codes,
	})
}

// ask sends one request after the other on one connection; each waits for its answer.
func ask(address string, requests [][]byte, first int, from, until time.Time) tally {
	found := tally{codes: map[int]int{}}
	connection, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		found.err = err
		return found
	}
	defer connection.Close()
	reader := bufio.NewReader(connection)
	for index := first; ; index++ {
		sent := time.Now()
		if sent.After(until) {
			return found
		}
		_ = connection.SetDeadline(sent.Add(patience))
		if _, found.err = connection.Write(requests[index%len(requests)]); found.err != nil {
			return found
		}
		var code int
		if code, found.err = read(reader); found.err != nil {
			return found
		}
		if done := time.Now(); sent.After(from) && done.Before(until) {
			found.times = append(found.times, done.Sub(sent))
			found.codes[code]++
		}
	}
}

// read takes one answer with a Content-Length off the connection.
func read(reader *bufio.Reader) (int, error) {
	code, length := 0, -1
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			break
		}
		if code == 0 {
			if len(text) < 12 {
				return 0, fmt.Errorf("no HTTP answer")
			}
			if code, err = strconv.Atoi(text[9:12]); err != nil {
				return 0, err
			}
			continue
		}
		name, value, _ := strings.Cut(text, ":")
		if strings.EqualFold(name, "content-length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 {
		return 0, fmt.Errorf("an answer without Content-Length")
	}
	_, err := io.CopyN(io.Discard, reader, int64(length))
	return code, err
}

func milliseconds(taken time.Duration) float64 {
	return float64(taken.Microseconds()) / 1000
}
