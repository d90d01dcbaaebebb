// Package egressc compiles egress policies into the Istio resources that enforce them, checks them, and answers who can
// reach what. It runs egressc's WebAssembly module in wazero, so it needs neither cgo nor another program.
//
//	engine, err := egressc.New(ctx, egressc.Config{})
//	if err != nil { ... }
//	defer engine.Close(ctx)
//	response, err := engine.Compile(ctx, egressc.CompileRequest{Sources: sources})
package egressc

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// build.sh builds it from the Rust code.
//
//go:embed egressc.wasm
var module []byte

// A UsageError says that a call is wrong in itself, whatever the policies are.
type UsageError struct {
	// Message says what is wrong.
	Message string
}

func (e *UsageError) Error() string { return e.Message }

// Config says how an engine runs. The zero value is valid.
type Config struct {
	// CacheDir is a folder in which the compiled module is kept, so that a later process starts in a part of the time.
	// Without it each engine compiles the module again.
	CacheDir string
	// MemoryLimitPages is the most memory that one call may use, in pages of 64 KiB. 0 is the limit of WebAssembly, 4 GiB.
	MemoryLimitPages uint32
}

// An Engine runs calls. Goroutines may use it at once: each call has an instance of the module for itself, and instances
// are used again.
type Engine struct {
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	compiled wazero.CompiledModule

	mutex  sync.Mutex
	idle   []*instance
	closed bool
}

// New compiles the module.
func New(ctx context.Context, config Config) (*Engine, error) {
	settings := wazero.NewRuntimeConfig().WithCloseOnContextDone(true)
	engine := &Engine{}
	if config.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(config.CacheDir)
		if err != nil {
			return nil, fmt.Errorf("egressc: the cache folder: %w", err)
		}
		engine.cache = cache
		settings = settings.WithCompilationCache(cache)
	}
	if config.MemoryLimitPages != 0 {
		settings = settings.WithMemoryLimitPages(config.MemoryLimitPages)
	}
	engine.runtime = wazero.NewRuntimeWithConfig(ctx, settings)
	compiled, err := engine.runtime.CompileModule(ctx, module)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("egressc: the module does not compile: %w", err), engine.Close(ctx))
	}
	engine.compiled = compiled
	return engine, nil
}

// Close frees what the engine holds. Calls that run fail.
func (e *Engine) Close(ctx context.Context) error {
	e.mutex.Lock()
	e.closed = true
	e.idle = nil
	e.mutex.Unlock()
	err := e.runtime.Close(ctx)
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(ctx))
	}
	return err
}

// Call runs a call by its name, with its request and its response as JSON: for programs that have both as text already.
// The names are those of about. The error is a *UsageError when the call is wrong in itself.
//
// A context that ends while a call runs stops it.
func (e *Engine) Call(ctx context.Context, name string, request []byte) ([]byte, error) {
	one, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	response, err := one.call(ctx, name, request)
	var usage *UsageError
	if err != nil && !errors.As(err, &usage) {
		// What a call that broke off has left behind is not known, so its instance serves no other call.
		_ = one.module.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	e.give(ctx, one)
	return response, err
}

func answer[R any](ctx context.Context, e *Engine, name string, request any) (*R, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("egressc: the request of %s: %w", name, err)
	}
	given, err := e.Call(ctx, name, text)
	if err != nil {
		return nil, err
	}
	response := new(R)
	if err := json.Unmarshal(given, response); err != nil {
		return nil, fmt.Errorf("egressc: the response of %s: %w", name, err)
	}
	return response, nil
}

func (e *Engine) take(ctx context.Context) (*instance, error) {
	e.mutex.Lock()
	if e.closed {
		e.mutex.Unlock()
		return nil, errors.New("egressc: the engine is closed")
	}
	if last := len(e.idle) - 1; last >= 0 {
		one := e.idle[last]
		e.idle = e.idle[:last]
		e.mutex.Unlock()
		return one, nil
	}
	e.mutex.Unlock()
	// Without a name, so that there can be several.
	made, err := e.runtime.InstantiateModule(ctx, e.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, fmt.Errorf("egressc: the module does not start: %w", err)
	}
	return &instance{
		module: made,
		alloc:  made.ExportedFunction("egressc_alloc"),
		free:   made.ExportedFunction("egressc_free"),
		run:    made.ExportedFunction("egressc_call"),
	}, nil
}

// The most memory of an instance that is kept for another call.
const keptBytes = 64 << 20

func (e *Engine) give(ctx context.Context, one *instance) {
	e.mutex.Lock()
	keep := !e.closed && one.module.Memory().Size() <= keptBytes
	if keep {
		e.idle = append(e.idle, one)
	}
	e.mutex.Unlock()
	if !keep {
		_ = one.module.Close(ctx)
	}
}

// An instance serves one call at a time.
type instance struct {
	module api.Module
	alloc  api.Function
	free   api.Function
	run    api.Function
}

func (i *instance) call(ctx context.Context, name string, request []byte) ([]byte, error) {
	nameAt, err := i.write(ctx, []byte(name))
	if err != nil {
		return nil, err
	}
	requestAt, err := i.write(ctx, request)
	if err != nil {
		return nil, err
	}
	results, err := i.run.Call(ctx, uint64(nameAt), uint64(requestAt))
	if err != nil {
		return nil, fmt.Errorf("egressc: %s: %w", name, err)
	}
	answerAt := uint32(results[0])
	if answerAt == 0 {
		return nil, fmt.Errorf("egressc: %s: there is no memory for the answer", name)
	}
	memory := i.module.Memory()
	kind, first := memory.ReadUint32Le(answerAt)
	length, second := memory.ReadUint32Le(answerAt + 4)
	text, third := memory.Read(answerAt+8, length)
	if !first || !second || !third {
		return nil, fmt.Errorf("egressc: %s: the answer is not in the memory of the module", name)
	}
	// The memory belongs to the module, and the next call writes into it.
	copied := append([]byte(nil), text...)
	for _, block := range []uint32{nameAt, requestAt, answerAt} {
		if _, err := i.free.Call(ctx, uint64(block)); err != nil {
			return nil, fmt.Errorf("egressc: %s: %w", name, err)
		}
	}
	if kind != 0 {
		return nil, &UsageError{Message: string(copied)}
	}
	return copied, nil
}

func (i *instance) write(ctx context.Context, bytes []byte) (uint32, error) {
	results, err := i.alloc.Call(ctx, uint64(len(bytes)))
	if err != nil {
		return 0, fmt.Errorf("egressc: %w", err)
	}
	address := uint32(results[0])
	if address == 0 || !i.module.Memory().Write(address, bytes) {
		return 0, fmt.Errorf("egressc: there is no memory for %d bytes", len(bytes))
	}
	return address, nil
}
