//! What owners are told by mail, and why something is not to be had.

use super::M;
use crate::words::NoticesText;

pub(super) const NOTICES: NoticesText = NoticesText {
    webhook_off_subject: M("A webhook was switched off"),
    webhook_off: M(
        "The webhook {name} of {account} was switched off: nothing got through to it for two days. What happens from now on is not told there.\n\nMend what answers there, and switch it on again:\n\n{page}",
    ),
    webhook_gone: M(
        "The webhook {name} of {account} was switched off: it answered that it is gone. What happens from now on is not told there.\n\nIf it should be there still, mend it and switch it on again; else remove it:\n\n{page}",
    ),
    key_subject: M("A certificate waits for your word"),
    key: M(
        "Sign-ins by {connection} at {account} come signed by a certificate that nobody trusts, and are refused.\n\nSHA-256 of the certificate: {fingerprint}\n\nIf your identity provider has a new certificate, compare it with the one in its console, and approve it. If not, somebody else is trying: decline it.\n\n{page}",
    ),
    metadata_waits_subject: M("Your identity provider's metadata waits for your word"),
    metadata_waits: M(
        "The metadata of the connection {connection} at {account} says something that is not followed before an owner has looked. {found}\n\nUntil then everything stays as it is. If your identity provider changes its certificate or moves, and nobody answers here, sign-ins will be refused from the day on which it does.\n\nCompare what waits with what the identity provider's console shows, and follow it or stay with what there is:\n\n{page}",
    ),
    activated_subject: M("Your single sign-on is active"),
    activated: M(
        "Whoever has the setup link {link} of {account} has tested the connection {connection} and switched it on: people sign in by it now.\n\nIf that should not be, switch it off:\n\n{page}",
    ),
    activated_by_key: M(
        "A program with the API key {key} has switched the connection {connection} of {account} on: people sign in by it now.\n\nIf that should not be, switch it off:\n\n{page}",
    ),
    believes_otherwise_subject: M("Whom your single sign-on believes was changed"),
    believes_otherwise: M(
        "A program with the API key {key}, which makes no owners, has changed the certificates, addresses or settings of the connection {connection} of {account}: they decide where people are sent and who they are taken for, and whoever has a key that is trusted there can sign people in. What it changes there later today is not told again; the history shows all of it.\n\nIf that should not be, go back to what was before, and revoke the key:\n\n{page}",
    ),
    given_up_subject: M("A connection was given up for good"),
    given_up: M(
        "The connection {connection} of {account} was given up for good: nobody signs in by it any more, and whoever had come by it is signed out. That cannot be changed back. Who did it stands here:\n\n{page}\n\nIf people should sign in as before, make a new connection.",
    ),
    zoom_broke_subject: M("The link to Zoom does not work any more"),
    zoom_broke: M(
        "The link of {account} to Zoom has not worked since {since}: {problem}\n\nWhat was tried, and what to do, is on its page:\n\n{page}",
    ),
    zoom_mended_subject: M("The link to Zoom works again"),
    zoom_mended: M("The link of {account} to Zoom works again. There is nothing left to do.\n\n{page}"),
    zoom_ended_subject: M("The app was removed in Zoom"),
    zoom_ended: M(
        "Somebody removed the app of {account} in Zoom. Nothing is read or changed in Zoom any more, and no events come.\n\nIf that should not be, authorise the app again:\n\n{page}",
    ),
    zoom_held_subject: M("Provisioning into Zoom waits for your word"),
    zoom_held: M(
        "Provisioning into Zoom at {account} has found {people} people whose Zoom user would be disabled or deleted. Your settings allow so many only by an owner's word, so nothing of this plan is done yet.\n\nLook through it, and carry it out or cancel it:\n\n{page}",
    ),
    zoom_failed_subject: M("Provisioning into Zoom could not go on"),
    zoom_failed: M(
        "Provisioning into Zoom at {account} ended before it was done. Why, and what to do, is on the page of the run:\n\n{page}",
    ),
    owner_raised_subject: M("There is a new owner"),
    owner_raised: M(
        "{owner} was made an owner of {account} by their role. The events in the console say who did it.\n\n{ways}\n\nIf that should not be, take the role away in the console, under People, or ask the platform's support.",
    ),
    owner_way: M("They sign in by {connection}."),
    owner_way_key: M(
        "They sign in by {connection}. Of its certificates, metadata and settings as they are now, something was brought in on {at} with the API key {name}, which makes no owners: look at them, since they decide who comes in as this person.",
    ),
    owner_way_link: M(
        "They sign in by {connection}. Of its certificates, metadata and settings as they are now, something was brought in on {at} by the setup link {name}: look at them, since they decide who comes in as this person.",
    ),
    owner_way_none: M("No single sign-on leads to them so far."),
    owner_unvouched: M(
        "Somebody entered this address who may make no owners: no sign-in link and no warning goes there. If it is theirs, take it away under People, save, and enter it again.",
    ),
    passkey_removed_subject: M("A passkey of an owner was removed"),
    passkey_removed: M(
        "The passkey {name} of {owner}, an owner of {account}, was removed by another owner or an operator. It lets nobody in any more.\n\nIf that should not be, ask the other owners: the events in the console say who did it.",
    ),
    passkey_ended: M(
        "{owner} is an owner of {account} no more, so the passkey {name} was removed. It lets nobody in any more.\n\nIf that should not be, the events in the console say how they lost the role.",
    ),
    passkeys: M("Passkeys of owners"),
    passkeys_lead: M(
        "Each lets its owner in, without single sign-on too. Remove what nobody needs; every owner is told.",
    ),
    passkeys_owner: M("Owner"),
    passkey_break_glass: M(
        "You came in by an operator's link, so no passkey can be registered now: it would outlast that link. Come in by single sign-on, by a passkey that you have, or by your own link, and register one then.",
    ),
    link_in_use: M(
        "This connection is in use. From now on an owner of the account sees to it, in the console.",
    ),
};
