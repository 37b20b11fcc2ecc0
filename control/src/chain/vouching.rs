//! Whether an account that is a contract vouches for a signature (ERC-1271).

use std::pin::Pin;
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, FixedBytes};
use alloy::sol;
use alloy::sol_types::{SolCall as _, SolValue as _};

use super::node::{Error, Node as _};
use super::rpc::Rpc;
use crate::signatures::contract::{Answer, Contracts};

/// A request waits for it, unlike for anything else of the chain.
const TIME: Duration = Duration::from_secs(3);

sol! {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
}

impl Contracts for Rpc {
    fn ask<'a>(
        &'a self,
        account: Address,
        digest: B256,
        signature: &'a [u8],
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        let signature = Bytes::copy_from_slice(signature);
        let call = isValidSignatureCall { hash: digest, signature }.abi_encode();
        Box::pin(async move {
            let asked = tokio::time::timeout(TIME, self.call(account, call.into())).await;
            match asked {
                Ok(Ok(answer)) => said(&answer),
                Ok(Err(Error::Refused { .. })) => Answer::Refuses,
                Ok(Err(Error::Unreachable(_) | Error::Strange(_))) | Err(_) => Answer::Unreachable,
            }
        })
    }
}

/// The magic value and nothing else counts.
fn said(answer: &Bytes) -> Answer {
    let magic = FixedBytes::<4>::from(isValidSignatureCall::SELECTOR).abi_encode();
    if answer.is_empty() {
        Answer::NoContract
    } else if answer.as_ref() == magic {
        Answer::Accepts
    } else {
        Answer::Refuses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_magic_value_vouches() {
        let magic = Bytes::from(alloy::primitives::hex!(
            "1626ba7e00000000000000000000000000000000000000000000000000000000"
        ));
        assert_eq!(said(&magic), Answer::Accepts);
        assert_eq!(said(&Bytes::new()), Answer::NoContract);
        for wrong in
            [vec![0; 32], vec![1; 32], magic[..4].to_vec(), [&magic[..], &[0; 32]].concat()]
        {
            assert_eq!(said(&wrong.into()), Answer::Refuses);
        }
    }
}
