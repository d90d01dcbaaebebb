// Stands for hashicorp/external where no registry of providers is reached: the data source `external`, with its
// schema and its protocol (a JSON object of strings on standard input and on standard output, errors on standard
// error with a non-zero status). The tests of the module are the same with either; README says how to use the real one.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os/exec"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	// The address is Terraform's to check only when a debugger is attached.
	options := providerserver.ServeOpts{Address: "example.com/hashicorp/external"}
	if err := providerserver.Serve(context.Background(), func() provider.Provider { return external{} }, options); err != nil {
		log.Fatal(err)
	}
}

type external struct{}

func (external) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "external"
}
func (external) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (external) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (external) Resources(context.Context) []func() resource.Resource { return nil }
func (external) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return program{} }}
}

type program struct{}

type model struct {
	Program    []string          `tfsdk:"program"`
	WorkingDir types.String      `tfsdk:"working_dir"`
	Query      map[string]string `tfsdk:"query"`
	Result     map[string]string `tfsdk:"result"`
	ID         types.String      `tfsdk:"id"`
}

func (program) Metadata(_ context.Context, request datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName
}

func (program) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"program":     schema.ListAttribute{ElementType: types.StringType, Required: true},
		"working_dir": schema.StringAttribute{Optional: true},
		"query":       schema.MapAttribute{ElementType: types.StringType, Optional: true},
		"result":      schema.MapAttribute{ElementType: types.StringType, Computed: true},
		"id":          schema.StringAttribute{Computed: true},
	}}
}

func (program) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var data model
	response.Diagnostics.Append(request.Config.Get(ctx, &data)...)
	if response.Diagnostics.HasError() {
		return
	}
	refuse := func(what string, err error) {
		response.Diagnostics.AddAttributeError(path.Root("program"), "External Program Execution Failed", fmt.Sprintf("%s\n%s", what, err))
	}
	if len(data.Program) == 0 {
		refuse("program", fmt.Errorf("it is empty"))
		return
	}
	query := data.Query
	if query == nil {
		query = map[string]string{}
	}
	input, err := json.Marshal(query)
	if err != nil {
		refuse("query", err)
		return
	}
	var errors bytes.Buffer
	command := exec.CommandContext(ctx, data.Program[0], data.Program[1:]...)
	command.Dir = data.WorkingDir.ValueString()
	command.Stdin = bytes.NewReader(input)
	command.Stderr = &errors
	output, err := command.Output()
	if err != nil {
		refuse("Error Message: "+errors.String(), err)
		return
	}
	if err := json.Unmarshal(output, &data.Result); err != nil {
		refuse("the output is not a JSON object of strings", err)
		return
	}
	data.ID = types.StringValue("-")
	response.Diagnostics.Append(response.State.Set(ctx, data)...)
}
