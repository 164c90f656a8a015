// Package clients holds tests that run unmodified clients, the AWS CLI and boto3,
// against the API on a real store. What they print is part of what is promised.
package clients
