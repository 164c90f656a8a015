package store

import (
	"context"
	"time"

	"ingot"
)

// Execution is one run of a workflow document for an image. Times are in the API's
// format, and empty until they are known.
type Execution struct {
	Account, Region                   string
	ID                                string // wf-<uuid>
	ImageARN                          string
	WorkflowARN                       string // build version ARN
	Type                              string // BUILD, TEST or DISTRIBUTION
	Position                          int    // order among the executions of the image
	Status                            ingot.StepStatus
	Message                           string
	ParallelGroup                     string
	Started, Ended                    string
	Total, Succeeded, Failed, Skipped int // steps, counted when read
}

// StepExecution is one step of an execution. Inputs and Outputs are JSON text.
type StepExecution struct {
	Account, Region string
	ID              string // step-<uuid>
	ExecutionID     string
	ImageARN        string
	Position        int
	Name            string
	Description     string
	Action          string
	Status          ingot.StepStatus
	RollbackStatus  string
	Message         string
	Inputs, Outputs string
	OnFailure       string // Abort or Continue
	TimeoutSeconds  int
	Started, Ended  string
}

// Now returns the time in the form of every row and answer: UTC with milliseconds.
func Now() string { return Timestamp(time.Now()) }

// Timestamp returns t as the API's DateTime.
func Timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// InsertExecution writes a new execution.
func InsertExecution(ctx context.Context, q Querier, e Execution) error {
	_, err := q.Exec(ctx, `INSERT INTO workflow_executions
		(account, region, id, image_arn, workflow_arn, type, position, status, parallel_group)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		e.Account, e.Region, e.ID, e.ImageARN, e.WorkflowARN, e.Type, e.Position, string(e.Status), e.ParallelGroup)
	return err
}

// InsertStep writes a new step, PENDING.
func InsertStep(ctx context.Context, q Querier, s StepExecution) error {
	_, err := q.Exec(ctx, `INSERT INTO step_executions
		(account, region, id, execution_id, image_arn, position, name, description, action, status, on_failure, timeout_seconds)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		s.Account, s.Region, s.ID, s.ExecutionID, s.ImageARN, s.Position, s.Name, s.Description, s.Action,
		string(ingot.StepPending), s.OnFailure, s.TimeoutSeconds)
	return err
}

// BeginExecution marks an execution RUNNING, once.
func BeginExecution(ctx context.Context, q Querier, account, region, id string) error {
	_, err := q.Exec(ctx, `UPDATE workflow_executions SET status = 'RUNNING', started = $4
		WHERE account = $1 AND region = $2 AND id = $3 AND status = 'PENDING'`, account, region, id, Now())
	return err
}

// EndExecution writes the status of an execution that has ended. RollbackInProgress
// does not set the end time.
func EndExecution(ctx context.Context, q Querier, account, region, id string, status ingot.StepStatus, message string) error {
	ended := Now()
	if status == ingot.RollbackInProgress {
		ended = ""
	}
	_, err := q.Exec(ctx, `UPDATE workflow_executions SET status = $4, message = $5, ended = $6
		WHERE account = $1 AND region = $2 AND id = $3`, account, region, id, string(status), clip(message, 500), ended)
	return err
}

// BeginStep marks a step RUNNING, with its resolved inputs, before its act.
func BeginStep(ctx context.Context, q Querier, account, region, id, inputs string) error {
	_, err := q.Exec(ctx, `UPDATE step_executions SET status = 'RUNNING', inputs = $4, started = $5
		WHERE account = $1 AND region = $2 AND id = $3 AND status = 'PENDING'`, account, region, id, inputs, Now())
	return err
}

// RestartStep sets the start time of a running step to now, after it had to wait.
func RestartStep(ctx context.Context, q Querier, account, region, id string) error {
	_, err := q.Exec(ctx, `UPDATE step_executions SET started = $4
		WHERE account = $1 AND region = $2 AND id = $3 AND status = 'RUNNING'`, account, region, id, Now())
	return err
}

// EndStep writes the outcome of a step.
func EndStep(ctx context.Context, q Querier, account, region, id string, status ingot.StepStatus, message, outputs string) error {
	_, err := q.Exec(ctx, `UPDATE step_executions SET status = $4, message = $5, outputs = $6, ended = $7
		WHERE account = $1 AND region = $2 AND id = $3`, account, region, id, string(status), clip(message, 500), outputs, Now())
	return err
}

// SetRollback writes the rollback status of a step.
func SetRollback(ctx context.Context, q Querier, account, region, id, status string) error {
	_, err := q.Exec(ctx, `UPDATE step_executions SET rollback_status = $4
		WHERE account = $1 AND region = $2 AND id = $3`, account, region, id, status)
	return err
}

const executionColumns = `SELECT e.account, e.region, e.id, e.image_arn, e.workflow_arn, e.type, e.position, e.status,
	e.message, e.parallel_group, e.started, e.ended,
	(SELECT count(*) FROM step_executions s WHERE s.account = e.account AND s.region = e.region AND s.execution_id = e.id),
	(SELECT count(*) FROM step_executions s WHERE s.account = e.account AND s.region = e.region AND s.execution_id = e.id AND s.status = 'COMPLETED'),
	(SELECT count(*) FROM step_executions s WHERE s.account = e.account AND s.region = e.region AND s.execution_id = e.id AND s.status = 'FAILED'),
	(SELECT count(*) FROM step_executions s WHERE s.account = e.account AND s.region = e.region AND s.execution_id = e.id AND s.status = 'SKIPPED')
	FROM workflow_executions e WHERE e.account = $1 AND e.region = $2`

func scanExecution(r Row) (e Execution, err error) {
	err = r.Scan(&e.Account, &e.Region, &e.ID, &e.ImageARN, &e.WorkflowARN, &e.Type, &e.Position, &e.Status,
		&e.Message, &e.ParallelGroup, &e.Started, &e.Ended, &e.Total, &e.Succeeded, &e.Failed, &e.Skipped)
	return e, oneErrNoRows(err)
}

// Executions lists the executions of an image in their order.
func Executions(ctx context.Context, q Querier, account, region, imageARN string) ([]Execution, error) {
	r, err := q.Query(ctx, executionColumns+` AND e.image_arn = $3 ORDER BY e.position, e.id`, account, region, imageARN)
	return Collect[Execution](r, err)(scanExecution)
}

// ExecutionByID reads one execution; it returns [ErrNoRows] when there is none.
func ExecutionByID(ctx context.Context, q Querier, account, region, id string) (Execution, error) {
	return scanExecution(q.QueryRow(ctx, executionColumns+` AND e.id = $3`, account, region, id))
}

const stepColumns = `SELECT account, region, id, execution_id, image_arn, position, name, description, action, status,
	rollback_status, message, inputs, outputs, on_failure, timeout_seconds, started, ended
	FROM step_executions WHERE account = $1 AND region = $2`

func scanStep(r Row) (s StepExecution, err error) {
	err = r.Scan(&s.Account, &s.Region, &s.ID, &s.ExecutionID, &s.ImageARN, &s.Position, &s.Name, &s.Description,
		&s.Action, &s.Status, &s.RollbackStatus, &s.Message, &s.Inputs, &s.Outputs, &s.OnFailure, &s.TimeoutSeconds,
		&s.Started, &s.Ended)
	return s, oneErrNoRows(err)
}

// Steps lists the steps of an execution in their order.
func Steps(ctx context.Context, q Querier, account, region, executionID string) ([]StepExecution, error) {
	r, err := q.Query(ctx, stepColumns+` AND execution_id = $3 ORDER BY position`, account, region, executionID)
	return Collect[StepExecution](r, err)(scanStep)
}

// StepByID reads one step; it returns [ErrNoRows] when there is none.
func StepByID(ctx context.Context, q Querier, account, region, id string) (StepExecution, error) {
	return scanStep(q.QueryRow(ctx, stepColumns+` AND id = $3`, account, region, id))
}

// clip returns at most the first n bytes of s, without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
