package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Stage is what a run.db knows of one stage.
type Stage struct {
	Name     string
	Key      string          // of all that its results depend on, the stages before it included
	Params   json.RawMessage // what the key is made of, to say what has changed
	Complete bool            // every record that there was has been through it
	Seconds  float64         // of work, all records together
}

// Stages returns the stages in their order.
func (db *DB) Stages(ctx context.Context) ([]Stage, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT name, key, params, complete, seconds FROM stages ORDER BY place")
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", db.path, err)
	}
	defer rows.Close()
	var all []Stage
	for rows.Next() {
		var s Stage
		var params string
		if err := rows.Scan(&s.Name, &s.Key, &params, &s.Complete, &s.Seconds); err != nil {
			return nil, fmt.Errorf("read %s: %w", db.path, err)
		}
		s.Params = json.RawMessage(params)
		all = append(all, s)
	}
	return all, rows.Err()
}

// SetStages says which stages the run has now. From the first one on whose name or key is not what it was, all entries
// are removed: they are results of something else. What was spent on them stays counted.
func (db *DB) SetStages(ctx context.Context, stages []Stage) error {
	old, err := db.Stages(ctx)
	if err != nil {
		return err
	}
	same := 0
	for same < len(old) && same < len(stages) && old[same].Name == stages[same].Name && old[same].Key == stages[same].Key {
		same++
	}
	err = db.write.do(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{"DELETE FROM records WHERE place >= ?", "DELETE FROM stages WHERE place >= ?"} {
			if _, err := tx.ExecContext(ctx, query, same); err != nil {
				return err
			}
		}
		for i, s := range stages[same:] {
			if _, err := tx.ExecContext(ctx, "INSERT INTO stages (place, name, key, params) VALUES (?, ?, ?, ?)",
				same+i, s.Name, s.Key, string(s.Params)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.readPlaces(ctx)
}

// SetComplete says whether every record has been through a stage.
func (db *DB) SetComplete(ctx context.Context, stage string, complete bool) error {
	return db.exec(ctx, "UPDATE stages SET complete = ? WHERE name = ?", complete, stage)
}

// AddSeconds adds to the work that a stage has taken.
func (db *DB) AddSeconds(ctx context.Context, stage string, seconds float64) error {
	return db.exec(ctx, "UPDATE stages SET seconds = seconds + ? WHERE name = ?", seconds, stage)
}

// Clear removes a stage's entries and those of all stages after it.
func (db *DB) Clear(ctx context.Context, stage string) error {
	place, err := db.place(stage)
	if err != nil {
		return err
	}
	return db.exec(ctx, "DELETE FROM records WHERE place >= ?", place)
}

// Revive removes the drops of one reason, so that the next run tries those records again, and returns how many.
func (db *DB) Revive(ctx context.Context, reason string) (n int64, err error) {
	err = db.write.do(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM records WHERE reason = ?", reason)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

func (db *DB) readPlaces(ctx context.Context) error {
	rows, err := db.sql.QueryContext(ctx, "SELECT name, place FROM stages")
	if err != nil {
		return fmt.Errorf("read %s: %w", db.path, err)
	}
	defer rows.Close()
	places := map[string]int{}
	for rows.Next() {
		var name string
		var place int
		if err := rows.Scan(&name, &place); err != nil {
			return fmt.Errorf("read %s: %w", db.path, err)
		}
		places[name] = place
	}
	db.mu.Lock()
	db.places = places
	db.mu.Unlock()
	return rows.Err()
}

func (db *DB) place(stage string) (int, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	place, ok := db.places[stage]
	if !ok {
		return 0, fmt.Errorf("the run has no stage %q", stage)
	}
	return place, nil
}
