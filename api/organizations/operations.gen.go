// Code generated from organizations.json; DO NOT EDIT.

package organizations

import "context"
import "ingot"
import "ingot/api/model"

// APIVersion is the version of the service's API.
const APIVersion = "2016-11-28"

// Namespace is that of the service's XML answers.
const Namespace = ""

// Target stands before the names of operations in requests.
const Target = "AWSOrganizationsV20161128"

// Service is what an implementation of the service does, one method an operation.
type Service interface {
	AcceptHandshake(ctx context.Context, in *AcceptHandshakeInput) (*AcceptHandshakeOutput, error)
	CancelHandshake(ctx context.Context, in *CancelHandshakeInput) (*CancelHandshakeOutput, error)
	CloseAccount(ctx context.Context, in *CloseAccountInput) (*CloseAccountOutput, error)
	CreateAccount(ctx context.Context, in *CreateAccountInput) (*CreateAccountOutput, error)
	CreateOrganization(ctx context.Context, in *CreateOrganizationInput) (*CreateOrganizationOutput, error)
	CreateOrganizationalUnit(ctx context.Context, in *CreateOrganizationalUnitInput) (*CreateOrganizationalUnitOutput, error)
	DeclineHandshake(ctx context.Context, in *DeclineHandshakeInput) (*DeclineHandshakeOutput, error)
	DeleteOrganization(ctx context.Context, in *DeleteOrganizationInput) (*DeleteOrganizationOutput, error)
	DeleteOrganizationalUnit(ctx context.Context, in *DeleteOrganizationalUnitInput) (*DeleteOrganizationalUnitOutput, error)
	DescribeAccount(ctx context.Context, in *DescribeAccountInput) (*DescribeAccountOutput, error)
	DescribeCreateAccountStatus(ctx context.Context, in *DescribeCreateAccountStatusInput) (*DescribeCreateAccountStatusOutput, error)
	DescribeHandshake(ctx context.Context, in *DescribeHandshakeInput) (*DescribeHandshakeOutput, error)
	DescribeOrganization(ctx context.Context, in *DescribeOrganizationInput) (*DescribeOrganizationOutput, error)
	DescribeOrganizationalUnit(ctx context.Context, in *DescribeOrganizationalUnitInput) (*DescribeOrganizationalUnitOutput, error)
	DisableAWSServiceAccess(ctx context.Context, in *DisableAWSServiceAccessInput) (*DisableAWSServiceAccessOutput, error)
	EnableAWSServiceAccess(ctx context.Context, in *EnableAWSServiceAccessInput) (*EnableAWSServiceAccessOutput, error)
	InviteAccountToOrganization(ctx context.Context, in *InviteAccountToOrganizationInput) (*InviteAccountToOrganizationOutput, error)
	LeaveOrganization(ctx context.Context, in *LeaveOrganizationInput) (*LeaveOrganizationOutput, error)
	ListAWSServiceAccessForOrganization(ctx context.Context, in *ListAWSServiceAccessForOrganizationInput) (*ListAWSServiceAccessForOrganizationOutput, error)
	ListAccounts(ctx context.Context, in *ListAccountsInput) (*ListAccountsOutput, error)
	ListAccountsForParent(ctx context.Context, in *ListAccountsForParentInput) (*ListAccountsForParentOutput, error)
	ListChildren(ctx context.Context, in *ListChildrenInput) (*ListChildrenOutput, error)
	ListHandshakesForAccount(ctx context.Context, in *ListHandshakesForAccountInput) (*ListHandshakesForAccountOutput, error)
	ListHandshakesForOrganization(ctx context.Context, in *ListHandshakesForOrganizationInput) (*ListHandshakesForOrganizationOutput, error)
	ListOrganizationalUnitsForParent(ctx context.Context, in *ListOrganizationalUnitsForParentInput) (*ListOrganizationalUnitsForParentOutput, error)
	ListParents(ctx context.Context, in *ListParentsInput) (*ListParentsOutput, error)
	ListRoots(ctx context.Context, in *ListRootsInput) (*ListRootsOutput, error)
	ListTagsForResource(ctx context.Context, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error)
	MoveAccount(ctx context.Context, in *MoveAccountInput) (*MoveAccountOutput, error)
	RemoveAccountFromOrganization(ctx context.Context, in *RemoveAccountFromOrganizationInput) (*RemoveAccountFromOrganizationOutput, error)
	TagResource(ctx context.Context, in *TagResourceInput) (*TagResourceOutput, error)
	UntagResource(ctx context.Context, in *UntagResourceInput) (*UntagResourceOutput, error)
	UpdateOrganizationalUnit(ctx context.Context, in *UpdateOrganizationalUnitInput) (*UpdateOrganizationalUnitOutput, error)
}

// Unimplemented answers every operation with an error that names it. An
// implementation embeds it and overrides what it can do.
type Unimplemented struct{}

func unimplemented(operation string) error {
	return ingot.Errorf(ingot.InvalidRequest, "The operation %s is not implemented yet.", operation)
}

// AcceptHandshake is not implemented.
func (Unimplemented) AcceptHandshake(ctx context.Context, in *AcceptHandshakeInput) (*AcceptHandshakeOutput, error) {
	return nil, unimplemented("AcceptHandshake")
}

// CancelHandshake is not implemented.
func (Unimplemented) CancelHandshake(ctx context.Context, in *CancelHandshakeInput) (*CancelHandshakeOutput, error) {
	return nil, unimplemented("CancelHandshake")
}

// CloseAccount is not implemented.
func (Unimplemented) CloseAccount(ctx context.Context, in *CloseAccountInput) (*CloseAccountOutput, error) {
	return nil, unimplemented("CloseAccount")
}

// CreateAccount is not implemented.
func (Unimplemented) CreateAccount(ctx context.Context, in *CreateAccountInput) (*CreateAccountOutput, error) {
	return nil, unimplemented("CreateAccount")
}

// CreateOrganization is not implemented.
func (Unimplemented) CreateOrganization(ctx context.Context, in *CreateOrganizationInput) (*CreateOrganizationOutput, error) {
	return nil, unimplemented("CreateOrganization")
}

// CreateOrganizationalUnit is not implemented.
func (Unimplemented) CreateOrganizationalUnit(ctx context.Context, in *CreateOrganizationalUnitInput) (*CreateOrganizationalUnitOutput, error) {
	return nil, unimplemented("CreateOrganizationalUnit")
}

// DeclineHandshake is not implemented.
func (Unimplemented) DeclineHandshake(ctx context.Context, in *DeclineHandshakeInput) (*DeclineHandshakeOutput, error) {
	return nil, unimplemented("DeclineHandshake")
}

// DeleteOrganization is not implemented.
func (Unimplemented) DeleteOrganization(ctx context.Context, in *DeleteOrganizationInput) (*DeleteOrganizationOutput, error) {
	return nil, unimplemented("DeleteOrganization")
}

// DeleteOrganizationalUnit is not implemented.
func (Unimplemented) DeleteOrganizationalUnit(ctx context.Context, in *DeleteOrganizationalUnitInput) (*DeleteOrganizationalUnitOutput, error) {
	return nil, unimplemented("DeleteOrganizationalUnit")
}

// DescribeAccount is not implemented.
func (Unimplemented) DescribeAccount(ctx context.Context, in *DescribeAccountInput) (*DescribeAccountOutput, error) {
	return nil, unimplemented("DescribeAccount")
}

// DescribeCreateAccountStatus is not implemented.
func (Unimplemented) DescribeCreateAccountStatus(ctx context.Context, in *DescribeCreateAccountStatusInput) (*DescribeCreateAccountStatusOutput, error) {
	return nil, unimplemented("DescribeCreateAccountStatus")
}

// DescribeHandshake is not implemented.
func (Unimplemented) DescribeHandshake(ctx context.Context, in *DescribeHandshakeInput) (*DescribeHandshakeOutput, error) {
	return nil, unimplemented("DescribeHandshake")
}

// DescribeOrganization is not implemented.
func (Unimplemented) DescribeOrganization(ctx context.Context, in *DescribeOrganizationInput) (*DescribeOrganizationOutput, error) {
	return nil, unimplemented("DescribeOrganization")
}

// DescribeOrganizationalUnit is not implemented.
func (Unimplemented) DescribeOrganizationalUnit(ctx context.Context, in *DescribeOrganizationalUnitInput) (*DescribeOrganizationalUnitOutput, error) {
	return nil, unimplemented("DescribeOrganizationalUnit")
}

// DisableAWSServiceAccess is not implemented.
func (Unimplemented) DisableAWSServiceAccess(ctx context.Context, in *DisableAWSServiceAccessInput) (*DisableAWSServiceAccessOutput, error) {
	return nil, unimplemented("DisableAWSServiceAccess")
}

// EnableAWSServiceAccess is not implemented.
func (Unimplemented) EnableAWSServiceAccess(ctx context.Context, in *EnableAWSServiceAccessInput) (*EnableAWSServiceAccessOutput, error) {
	return nil, unimplemented("EnableAWSServiceAccess")
}

// InviteAccountToOrganization is not implemented.
func (Unimplemented) InviteAccountToOrganization(ctx context.Context, in *InviteAccountToOrganizationInput) (*InviteAccountToOrganizationOutput, error) {
	return nil, unimplemented("InviteAccountToOrganization")
}

// LeaveOrganization is not implemented.
func (Unimplemented) LeaveOrganization(ctx context.Context, in *LeaveOrganizationInput) (*LeaveOrganizationOutput, error) {
	return nil, unimplemented("LeaveOrganization")
}

// ListAWSServiceAccessForOrganization is not implemented.
func (Unimplemented) ListAWSServiceAccessForOrganization(ctx context.Context, in *ListAWSServiceAccessForOrganizationInput) (*ListAWSServiceAccessForOrganizationOutput, error) {
	return nil, unimplemented("ListAWSServiceAccessForOrganization")
}

// ListAccounts is not implemented.
func (Unimplemented) ListAccounts(ctx context.Context, in *ListAccountsInput) (*ListAccountsOutput, error) {
	return nil, unimplemented("ListAccounts")
}

// ListAccountsForParent is not implemented.
func (Unimplemented) ListAccountsForParent(ctx context.Context, in *ListAccountsForParentInput) (*ListAccountsForParentOutput, error) {
	return nil, unimplemented("ListAccountsForParent")
}

// ListChildren is not implemented.
func (Unimplemented) ListChildren(ctx context.Context, in *ListChildrenInput) (*ListChildrenOutput, error) {
	return nil, unimplemented("ListChildren")
}

// ListHandshakesForAccount is not implemented.
func (Unimplemented) ListHandshakesForAccount(ctx context.Context, in *ListHandshakesForAccountInput) (*ListHandshakesForAccountOutput, error) {
	return nil, unimplemented("ListHandshakesForAccount")
}

// ListHandshakesForOrganization is not implemented.
func (Unimplemented) ListHandshakesForOrganization(ctx context.Context, in *ListHandshakesForOrganizationInput) (*ListHandshakesForOrganizationOutput, error) {
	return nil, unimplemented("ListHandshakesForOrganization")
}

// ListOrganizationalUnitsForParent is not implemented.
func (Unimplemented) ListOrganizationalUnitsForParent(ctx context.Context, in *ListOrganizationalUnitsForParentInput) (*ListOrganizationalUnitsForParentOutput, error) {
	return nil, unimplemented("ListOrganizationalUnitsForParent")
}

// ListParents is not implemented.
func (Unimplemented) ListParents(ctx context.Context, in *ListParentsInput) (*ListParentsOutput, error) {
	return nil, unimplemented("ListParents")
}

// ListRoots is not implemented.
func (Unimplemented) ListRoots(ctx context.Context, in *ListRootsInput) (*ListRootsOutput, error) {
	return nil, unimplemented("ListRoots")
}

// ListTagsForResource is not implemented.
func (Unimplemented) ListTagsForResource(ctx context.Context, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error) {
	return nil, unimplemented("ListTagsForResource")
}

// MoveAccount is not implemented.
func (Unimplemented) MoveAccount(ctx context.Context, in *MoveAccountInput) (*MoveAccountOutput, error) {
	return nil, unimplemented("MoveAccount")
}

// RemoveAccountFromOrganization is not implemented.
func (Unimplemented) RemoveAccountFromOrganization(ctx context.Context, in *RemoveAccountFromOrganizationInput) (*RemoveAccountFromOrganizationOutput, error) {
	return nil, unimplemented("RemoveAccountFromOrganization")
}

// TagResource is not implemented.
func (Unimplemented) TagResource(ctx context.Context, in *TagResourceInput) (*TagResourceOutput, error) {
	return nil, unimplemented("TagResource")
}

// UntagResource is not implemented.
func (Unimplemented) UntagResource(ctx context.Context, in *UntagResourceInput) (*UntagResourceOutput, error) {
	return nil, unimplemented("UntagResource")
}

// UpdateOrganizationalUnit is not implemented.
func (Unimplemented) UpdateOrganizationalUnit(ctx context.Context, in *UpdateOrganizationalUnitInput) (*UpdateOrganizationalUnitOutput, error) {
	return nil, unimplemented("UpdateOrganizationalUnit")
}

// Operations is the table of all operations, sorted by name.
var Operations = []model.Operation[Service]{
	{Name: "AcceptHandshake", Method: "POST", Path: "/", Input: "AcceptHandshakeRequest", Call: model.Call(Service.AcceptHandshake)},
	{Name: "CancelHandshake", Method: "POST", Path: "/", Input: "CancelHandshakeRequest", Call: model.Call(Service.CancelHandshake)},
	{Name: "CloseAccount", Method: "POST", Path: "/", Input: "CloseAccountRequest", Call: model.Call(Service.CloseAccount)},
	{Name: "CreateAccount", Method: "POST", Path: "/", Input: "CreateAccountRequest", Call: model.Call(Service.CreateAccount)},
	{Name: "CreateOrganization", Method: "POST", Path: "/", Input: "CreateOrganizationRequest", Call: model.Call(Service.CreateOrganization)},
	{Name: "CreateOrganizationalUnit", Method: "POST", Path: "/", Input: "CreateOrganizationalUnitRequest", Call: model.Call(Service.CreateOrganizationalUnit)},
	{Name: "DeclineHandshake", Method: "POST", Path: "/", Input: "DeclineHandshakeRequest", Call: model.Call(Service.DeclineHandshake)},
	{Name: "DeleteOrganization", Method: "POST", Path: "/", Input: "", Call: model.Call(Service.DeleteOrganization)},
	{Name: "DeleteOrganizationalUnit", Method: "POST", Path: "/", Input: "DeleteOrganizationalUnitRequest", Call: model.Call(Service.DeleteOrganizationalUnit)},
	{Name: "DescribeAccount", Method: "POST", Path: "/", Input: "DescribeAccountRequest", Call: model.Call(Service.DescribeAccount)},
	{Name: "DescribeCreateAccountStatus", Method: "POST", Path: "/", Input: "DescribeCreateAccountStatusRequest", Call: model.Call(Service.DescribeCreateAccountStatus)},
	{Name: "DescribeHandshake", Method: "POST", Path: "/", Input: "DescribeHandshakeRequest", Call: model.Call(Service.DescribeHandshake)},
	{Name: "DescribeOrganization", Method: "POST", Path: "/", Input: "", Call: model.Call(Service.DescribeOrganization)},
	{Name: "DescribeOrganizationalUnit", Method: "POST", Path: "/", Input: "DescribeOrganizationalUnitRequest", Call: model.Call(Service.DescribeOrganizationalUnit)},
	{Name: "DisableAWSServiceAccess", Method: "POST", Path: "/", Input: "DisableAWSServiceAccessRequest", Call: model.Call(Service.DisableAWSServiceAccess)},
	{Name: "EnableAWSServiceAccess", Method: "POST", Path: "/", Input: "EnableAWSServiceAccessRequest", Call: model.Call(Service.EnableAWSServiceAccess)},
	{Name: "InviteAccountToOrganization", Method: "POST", Path: "/", Input: "InviteAccountToOrganizationRequest", Call: model.Call(Service.InviteAccountToOrganization)},
	{Name: "LeaveOrganization", Method: "POST", Path: "/", Input: "", Call: model.Call(Service.LeaveOrganization)},
	{Name: "ListAWSServiceAccessForOrganization", Method: "POST", Path: "/", Input: "ListAWSServiceAccessForOrganizationRequest", Call: model.Call(Service.ListAWSServiceAccessForOrganization)},
	{Name: "ListAccounts", Method: "POST", Path: "/", Input: "ListAccountsRequest", Call: model.Call(Service.ListAccounts)},
	{Name: "ListAccountsForParent", Method: "POST", Path: "/", Input: "ListAccountsForParentRequest", Call: model.Call(Service.ListAccountsForParent)},
	{Name: "ListChildren", Method: "POST", Path: "/", Input: "ListChildrenRequest", Call: model.Call(Service.ListChildren)},
	{Name: "ListHandshakesForAccount", Method: "POST", Path: "/", Input: "ListHandshakesForAccountRequest", Call: model.Call(Service.ListHandshakesForAccount)},
	{Name: "ListHandshakesForOrganization", Method: "POST", Path: "/", Input: "ListHandshakesForOrganizationRequest", Call: model.Call(Service.ListHandshakesForOrganization)},
	{Name: "ListOrganizationalUnitsForParent", Method: "POST", Path: "/", Input: "ListOrganizationalUnitsForParentRequest", Call: model.Call(Service.ListOrganizationalUnitsForParent)},
	{Name: "ListParents", Method: "POST", Path: "/", Input: "ListParentsRequest", Call: model.Call(Service.ListParents)},
	{Name: "ListRoots", Method: "POST", Path: "/", Input: "ListRootsRequest", Call: model.Call(Service.ListRoots)},
	{Name: "ListTagsForResource", Method: "POST", Path: "/", Input: "ListTagsForResourceRequest", Call: model.Call(Service.ListTagsForResource)},
	{Name: "MoveAccount", Method: "POST", Path: "/", Input: "MoveAccountRequest", Call: model.Call(Service.MoveAccount)},
	{Name: "RemoveAccountFromOrganization", Method: "POST", Path: "/", Input: "RemoveAccountFromOrganizationRequest", Call: model.Call(Service.RemoveAccountFromOrganization)},
	{Name: "TagResource", Method: "POST", Path: "/", Input: "TagResourceRequest", Call: model.Call(Service.TagResource)},
	{Name: "UntagResource", Method: "POST", Path: "/", Input: "UntagResourceRequest", Call: model.Call(Service.UntagResource)},
	{Name: "UpdateOrganizationalUnit", Method: "POST", Path: "/", Input: "UpdateOrganizationalUnitRequest", Call: model.Call(Service.UpdateOrganizationalUnit)},
}
