// Command check-folder checks the policies and Istio objects of a folder, as a step of CI: check-folder FOLDER
// Its exit status is 1 where something is refused, and 2 where a file cannot be read.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/egressc/egressc/integrations/go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: check-folder FOLDER")
		os.Exit(2)
	}
	ok, err := check(context.Background(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func check(ctx context.Context, folder string) (bool, error) {
	sources, err := read(folder)
	if err != nil {
		return false, err
	}
	engine, err := egressc.New(ctx, egressc.Config{})
	if err != nil {
		return false, err
	}
	defer engine.Close(ctx)
	plain := egressc.RenderingPlain
	response, err := engine.Check(ctx, egressc.CheckRequest{Sources: sources, Render: &plain})
	if err != nil {
		return false, err
	}
	if response.Rendered != nil {
		fmt.Print(*response.Rendered)
	}
	return response.Ok, nil
}

// read takes the YAML and JSON files of a folder and of the folders in it.
func read(folder string) ([]egressc.Source, error) {
	sources := []egressc.Source{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".yaml", ".yml", ".json":
		default:
			return nil
		}
		bytes, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(bytes)
		sources = append(sources, egressc.Source{Name: path, Text: &text})
		return nil
	})
	return sources, err
}
